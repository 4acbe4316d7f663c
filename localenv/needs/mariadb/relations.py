"""The tables and sequences of a MariaDB or MySQL database, with a checksum for each."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from localenv.needs.mariadb.insert import name as quoted
from localenv.needs.mariadb.wire import MysqlSession

_SYSTEM = ("mysql", "sys", "information_schema", "performance_schema")
PREFIX = "localenv_"  # of what belongs to localenv
_COPIES = re.compile(rf"{PREFIX}[0-9a-f]{{8}}_[0-9a-f]{{8}}")  # databases that hold snapshots
_ELSEWHERE = frozenset({"CONNECT", "FEDERATED", "MRG_MYISAM", "OQGRAPH", "S3", "SPHINX", "SPIDER"})
_APPENDED = frozenset({"ARCHIVE"})  # engines whose rows cannot be removed
_VERSIONED = "SYSTEM VERSIONED"
_PERIOD = ("ROW START", "ROW END")


@dataclass(frozen=True, kw_only=True)
class MysqlRelation:
    """A table or a sequence."""

    database: str
    table: str
    is_sequence: bool
    columns: tuple[str, ...]  # without generated ones
    has_triggers: bool = False
    next: int | None = None  # the number of the next row, for an auto-increment table
    engine: str = ""  # in upper case
    period: tuple[str, ...] = ()  # start and end column of row versions, for a system-versioned table
    is_by_transaction: bool = False  # whether they hold transaction numbers, which cannot be written

    @property
    def name(self) -> str:
        """Its name, quoted for SQL."""
        return f"{quoted(self.database)}.{quoted(self.table)}"

    @property
    def fields(self) -> str:
        """Its columns, quoted for SQL."""
        return ", ".join(map(quoted, self.columns))

    @property
    def source(self) -> str:
        """The FROM clause for all of its rows, including historical ones."""
        return f"{self.name} FOR SYSTEM_TIME ALL" if self.period else self.name

    @property
    def is_restorable(self) -> bool:
        """Whether rows can be removed and restored."""
        return not (self.is_elsewhere or self.is_by_transaction or self.engine in _APPENDED)

    @property
    def is_elsewhere(self) -> bool:
        """Whether its rows belong to another table or server."""
        return self.engine in _ELSEWHERE

    @property
    def why_not(self) -> str:
        """Why its rows cannot be restored."""
        if self.is_by_transaction:
            return "its history is recorded by transaction numbers, which cannot be written"
        return f"a table of the engine {self.engine}"

    def as_json(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)

    @classmethod
    def of_json(cls, document: Mapping[str, Any]) -> "MysqlRelation":
        """Convert the result of `as_json` back."""
        lists: dict[str, Any] = {key: tuple(value) for key, value in document.items() if isinstance(value, list)}
        return cls(**{**document, **lists})


def databases(session: MysqlSession) -> list[str]:
    """Every database that belongs to a user."""
    names = [name for (name,) in session.ask("SHOW DATABASES") if name]
    return [name for name in names if name not in _SYSTEM and not _COPIES.fullmatch(name)]


def relations(session: MysqlSession, database: str) -> dict[str, MysqlRelation]:
    """The tables and sequences of a database, by name."""
    columns, periods = _columns(session, database)
    triggers = {
        table
        for (table,) in session.ask(
            f"SELECT event_object_table FROM information_schema.triggers "  # noqa: S608
            f"WHERE event_object_schema = {text(database)}"
        )
    }
    rows = session.ask(
        "SELECT table_name, table_type, auto_increment, upper(engine) FROM information_schema.tables"  # noqa: S608
        f" WHERE table_schema = {text(database)}"
        " AND table_type IN ('BASE TABLE', 'SEQUENCE', 'SYSTEM VERSIONED') ORDER BY table_name"
    )
    hidden = {made: (f"row_{made.lower()[4:]}", "timestamp") for made in _PERIOD}  # if the table does not name them
    return {
        table: MysqlRelation(
            database=database,
            table=table,
            is_sequence=kind == "SEQUENCE",
            columns=tuple(columns.get(table, ())),
            has_triggers=table in triggers,
            next=int(number) if number else None,
            engine=engine or "",
            period=tuple(one for one, _ in _period(periods.get(table, hidden))) if kind == _VERSIONED else (),
            is_by_transaction=any(kind == "bigint" for _, kind in periods.get(table, {}).values()),
        )
        for table, kind, number, engine in rows
        if table
    }


def _columns(
    session: MysqlSession, database: str
) -> tuple[dict[str | None, list[str]], dict[str | None, dict[str, tuple[str, str]]]]:
    """By table: its columns that can be written; and those of its period with their types, by how they are made."""
    columns: dict[str | None, list[str]] = {}
    periods: dict[str | None, dict[str, tuple[str, str]]] = {}
    for table, column, kind, made in session.ask(
        "SELECT table_name, column_name, data_type, coalesce(generation_expression, '')"  # noqa: S608 - quoted
        f" FROM information_schema.columns WHERE table_schema = {text(database)} ORDER BY table_name, ordinal_position"
    ):
        if made in _PERIOD:
            periods.setdefault(table, {})[made or ""] = (column or "", kind or "")
        elif not made:
            columns.setdefault(table, []).append(column or "")
    return columns, periods


def _period(document: Mapping[str, tuple[str, str]]) -> list[tuple[str, str]]:
    return [document[made] for made in _PERIOD]


def checksums(session: MysqlSession, found: Iterable[MysqlRelation]) -> Mapping[str, str]:
    """A checksum over the rows of each table, by name, independent of their order; `0` for an empty one."""
    tables = {f"{one.database}.{one.table}": one for one in found if not one.is_sequence}
    if not tables:
        return {}
    rows = session.ask(f"CHECKSUM TABLE {', '.join(one.name for one in tables.values())}")
    return {tables[name or ""].table: number or "" for name, number in rows}


def text(value: str) -> str:
    """A quoted string."""
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"
