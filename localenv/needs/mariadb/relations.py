"""What a database of MariaDB or MySQL holds: tables and sequences, and the state of each."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from localenv.needs.mariadb.insert import name as quoted
from localenv.needs.mariadb.wire import Session

_SYSTEM = ("mysql", "sys", "information_schema", "performance_schema")
PREFIX = "localenv_"  # of databases that are no user's


@dataclass(frozen=True, kw_only=True)
class Relation:
    """One of them."""

    database: str
    table: str
    is_sequence: bool
    columns: tuple[str, ...]  # those that are not generated
    has_triggers: bool = False
    next: int | None = None  # the number the next row gets; of a table that counts

    @property
    def name(self) -> str:
        """As it stands in SQL."""
        return f"{quoted(self.database)}.{quoted(self.table)}"

    @property
    def fields(self) -> str:
        """Its columns, as they stand in SQL."""
        return ", ".join(map(quoted, self.columns))

    def as_json(self) -> dict[str, Any]:
        """As JSON."""
        return {**asdict(self), "columns": list(self.columns)}


def databases(session: Session) -> list[str]:
    """Every database that is a user's."""
    names = [name for (name,) in session.ask("SHOW DATABASES") if name]
    return [name for name in names if name not in _SYSTEM and not name.startswith(PREFIX)]


def relations(session: Session, database: str) -> dict[str, Relation]:
    """Its tables and sequences by name."""
    where = f"WHERE table_schema = {text(database)}"
    columns: dict[str | None, list[str]] = {}
    for table, column in session.ask(
        f"SELECT table_name, column_name FROM information_schema.columns {where}"  # noqa: S608 - quoted
        " AND coalesce(generation_expression, '') = '' ORDER BY table_name, ordinal_position"
    ):
        columns.setdefault(table, []).append(column or "")
    triggers = {
        table
        for (table,) in session.ask(
            f"SELECT event_object_table FROM information_schema.triggers "  # noqa: S608
            f"WHERE event_object_schema = {text(database)}"
        )
    }
    rows = session.ask(
        f"SELECT table_name, table_type, auto_increment FROM information_schema.tables {where}"  # noqa: S608
        " AND table_type IN ('BASE TABLE', 'SEQUENCE') ORDER BY table_name"
    )
    return {
        table: Relation(
            database=database,
            table=table,
            is_sequence=kind == "SEQUENCE",
            columns=tuple(columns.get(table, ())),
            has_triggers=table in triggers,
            next=int(number) if number else None,
        )
        for table, kind, number in rows
        if table
    }


def checksums(session: Session, found: Iterable[Relation]) -> Mapping[str, str]:
    """A checksum over the rows of each table, by name, whatever their order; `0` for an empty one."""
    tables = {f"{one.database}.{one.table}": one for one in found if not one.is_sequence}
    if not tables:
        return {}
    rows = session.ask(f"CHECKSUM TABLE {', '.join(one.name for one in tables.values())}")
    return {tables[name or ""].table: number or "" for name, number in rows}


def text(value: str) -> str:
    """A quoted text."""
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"
