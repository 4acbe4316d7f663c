"""Snapshots of a MariaDB or MySQL database, restored while clients stay connected.

The copy is a separate database on the same server. Triggers cannot be disabled: their writes to other tables are
corrected in a second pass, and only if that is not enough they are dropped and created again. DDL changes are not
restored.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

from localenv.needs import Refused, Restored, server_objects, snapshot_files
from localenv.needs.mariadb import server, triggers
from localenv.needs.mariadb.insert import name as quoted
from localenv.needs.mariadb.relations import PREFIX, MysqlRelation, checksums, databases, relations
from localenv.needs.mariadb.wire import MysqlSession, session
from localenv.needs.transactions import PATIENCE, repeated
from localenv.stack import Connection

_LONGEST = 600.0  # seconds a copy may take
_PASSES = 4  # over tables with triggers that write to others

_SETTINGS = (
    "SET SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO'",  # values are stored as they are
    "SET SESSION foreign_key_checks = 0",
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",  # a truncated table stays empty for others meanwhile
)
_OWN_SETTINGS = (
    "SET SESSION information_schema_stats_expiry = 0",  # MySQL only
    "SET SESSION system_versioning_insert_history = 1",  # MariaDB only, since 10.11
)
_WAITS = ("lock_wait_timeout", "innodb_lock_wait_timeout")  # MySQL waits at least a second
_WAITED, _DEADLOCK = "1205", "1213"
_AGAIN = {_WAITED, _DEADLOCK}
_ROLL_BACK = ("ROLLBACK", "UNLOCK TABLES")
_BLOCKERS = """
SELECT concat('connection ', p.id, ' (', p.user, '@', p.host, ')'), coalesce(t.trx_query, '')
FROM information_schema.innodb_trx t JOIN information_schema.processlist p ON p.id = t.trx_mysql_thread_id
WHERE p.id <> connection_id() ORDER BY t.trx_rows_modified = 0, t.trx_started LIMIT 1
"""

_T = TypeVar("_T")


@dataclass(frozen=True, kw_only=True)
class _MysqlSnapshot:
    known: Mapping[str, MysqlRelation]
    checksums: Mapping[str, str]
    copies: Mapping[str, str]  # table → its copy, quoted for SQL
    numbers: Mapping[str, str]  # sequence → its next number

    @classmethod
    def read(cls, folder: Path, database: str) -> "_MysqlSnapshot":
        found = snapshot_files.read(folder, database)
        known = {one["table"]: MysqlRelation.of_json(one) for one in found.pop("known")}
        return cls(known=known, **found)

    def write(self, folder: Path, database: str) -> None:
        known: list[dict[str, Any]] = [one.as_json() for one in self.known.values()]
        rest = {"checksums": self.checksums, "copies": self.copies, "numbers": self.numbers}
        snapshot_files.write(folder, database, {"known": known, **rest})


def snapshot(connection: Connection, folder: Path) -> None:
    """Copy every table into a database beside it, and record a checksum of each."""
    with _asked(connection) as asked:
        for database in (connection.database,) if connection.database else databases(asked):
            _transaction(asked, partial(_take, asked, folder, database))
        if not connection.database:
            server_objects.write(folder, server.objects(asked))


def restore(connection: Connection, folder: Path) -> Restored:
    """Restore tables whose checksum differs, with their counters, and sequences; empties tables created since.

    Not restored: tables whose rows are stored elsewhere or cannot be removed, databases created since, and what belongs
    to no table, such as users.
    """
    found = Restored()
    with _asked(connection) as asked:
        recorded = [connection.database] if connection.database else list(snapshot_files.databases(folder))
        if gone := sorted({*recorded} - {*databases(asked)}):
            raise snapshot_files.gone(f"database {name}" for name in gone)
        for database in recorded:
            snapshot = _MysqlSnapshot.read(folder, database)
            found += _transaction(asked, partial(_restore_rows, asked, snapshot, database, folder))
            numbers = _transaction(asked, partial(_restore_numbers, asked, snapshot, database))
            found += Restored(changed=tuple(numbers))
        for database in recorded:
            found += _left_alone(asked, _MysqlSnapshot.read(folder, database), database)
        if not connection.database:
            found += _of_the_server(asked, folder, recorded)
    return replace(found, changed=tuple(dict.fromkeys(found.changed)))


def discard(connection: Connection, folder: Path) -> None:
    """Remove the copies and their records."""
    with _asked(connection) as asked:
        for database in (connection.database,) if connection.database else list(snapshot_files.databases(folder)):
            triggers.create_dropped(asked, database, folder)
            asked.ask(f"DROP DATABASE IF EXISTS {_beside(folder, database)}")
            snapshot_files.remove(folder, database)
        server_objects.remove(folder)


def _take(asked: MysqlSession, folder: Path, database: str) -> None:
    triggers.create_dropped(asked, database, folder)
    known = relations(asked, database)
    before = _committed_checksums(asked, known.values())
    beside = _beside(folder, database)
    asked.ask(f"DROP DATABASE IF EXISTS {beside}")
    asked.ask(f"CREATE DATABASE {beside}")
    copies: dict[str, str] = {}
    for number, one in enumerate(known.values()):
        if one.is_sequence or not one.is_restorable:
            continue
        if asked.ask(f"SELECT 1 FROM {one.source} LIMIT 1"):  # noqa: S608 - quoted
            copies[one.table] = f"{beside}.`{number}`"
            asked.ask(f"CREATE TABLE {copies[one.table]} ENGINE=InnoDB AS SELECT {_read(one)} FROM {one.source}")  # noqa: S608
    if checksums(asked, known.values()) != before:
        raise Refused("another client wrote during the copy", code=_WAITED)
    numbers = {one.table: _next(asked, one) for one in known.values() if one.is_sequence}
    _MysqlSnapshot(known=known, checksums=before, copies=copies, numbers=numbers).write(folder, database)


def _restore_rows(asked: MysqlSession, snapshot: _MysqlSnapshot, database: str, folder: Path) -> Restored:
    changed: dict[str, None] = {}
    triggers.create_dropped(asked, database, folder)
    with suppress(_TriggerInTheWay):
        for _ in range(_PASSES):
            if _is_restored(asked, snapshot, database, changed):
                return Restored(changed=tuple(changed))
    triggered = [one for one in relations(asked, database).values() if one.has_triggers]
    with triggers.without(asked, database, triggered, folder):
        _is_restored(asked, snapshot, database, changed)
    return Restored(changed=tuple(changed))


class _TriggerInTheWay(Exception):  # noqa: N818 - named after the problem
    """A trigger prevents rows from being removed or restored."""


def _is_restored(asked: MysqlSession, snapshot: _MysqlSnapshot, database: str, changed: dict[str, None]) -> bool:
    """Refill the tables that differ and add them to `changed`; returns False if triggers may have written again."""
    now = relations(asked, database)
    if gone := [table for table in snapshot.known if table not in now]:
        raise snapshot_files.gone(gone)
    found = _committed_checksums(asked, [one for one in now.values() if one.is_restorable])
    differing = [now[table] for table, number in found.items() if number != snapshot.checksums.get(table, "0")]
    changed |= dict.fromkeys(one.table for one in differing)
    try:
        _refill(asked, snapshot, sorted(differing, key=lambda one: not one.has_triggers))
    except Refused as refused:
        asked.ask("ROLLBACK")
        if refused.code in (_WAITED, _DEADLOCK) or not any(one.has_triggers for one in differing):
            raise
        raise _TriggerInTheWay from refused
    return not any(one.has_triggers for one in differing)


def _left_alone(asked: MysqlSession, snapshot: _MysqlSnapshot, database: str) -> Restored:
    """Tables that differ but are not restored, checked last: their rows may depend on restored tables."""
    looked_at = [one for one in relations(asked, database).values() if not (one.is_sequence or one.is_restorable)]
    now = checksums(asked, looked_at)
    differing = [one for one in looked_at if now[one.table] != snapshot.checksums.get(one.table, "0")]
    return Restored(left_alone={one.table: one.why_not for one in differing})


def _of_the_server(asked: MysqlSession, folder: Path, recorded: list[str]) -> Restored:
    created = sorted({*databases(asked)} - {*recorded})
    new = Restored(made_since=tuple(f"database {name}" for name in created))
    return new + server_objects.compared(folder, server.objects(asked))


def _refill(asked: MysqlSession, snapshot: _MysqlSnapshot, changed: list[MysqlRelation]) -> None:
    asked.ask("START TRANSACTION")
    for one in changed:
        asked.ask(f"DELETE FROM {one.name}")  # noqa: S608 - quoted; TRUNCATE would wait for readers
        if one.period:
            asked.ask(f"DELETE HISTORY FROM {one.name}")
        if copy := snapshot.copies.get(one.table):
            was = snapshot.known[one.table]
            fields = ", ".join(filter(None, (was.fields, *map(quoted, was.period))))
            asked.ask(f"INSERT INTO {one.name} ({fields}) SELECT {_read(was, copied=True)} FROM {copy}")  # noqa: S608
    asked.ask("COMMIT")


def _read(relation: MysqlRelation, *, copied: bool = False) -> str:
    """Its columns; period columns get aliases, because a table cannot be created with them."""
    names = [(quoted(one), quoted(f"{PREFIX}{one}")) for one in relation.period]
    return ", ".join([relation.fields, *(own if copied else f"{one} AS {own}" for one, own in names)])


def _restore_numbers(asked: MysqlSession, snapshot: _MysqlSnapshot, database: str) -> list[str]:
    changed = []
    for table, one in relations(asked, database).items():
        was = snapshot.known.get(table)
        if was is None:
            continue
        if one.is_sequence:
            if _next(asked, one, snapshot.numbers[table]) != snapshot.numbers[table]:
                changed.append(table)
        elif was.next is not None and one.next != was.next:
            asked.ask(f"ALTER TABLE {one.name} AUTO_INCREMENT = {was.next}")
            changed.append(table)
    return changed


def _next(asked: MysqlSession, sequence: MysqlRelation, then: str = "") -> str:
    """The next number of a sequence, which restarts at it or at `then`; cached numbers are not visible otherwise."""
    ((number,),) = asked.ask(f"SELECT NEXTVAL({sequence.name})")
    asked.ask(f"ALTER SEQUENCE {sequence.name} RESTART {then or number}")
    return number or ""


def _committed_checksums(asked: MysqlSession, found: Iterable[MysqlRelation]) -> Mapping[str, str]:
    """The checksums after all current writers have committed; readers are not blocked."""
    tables = [one for one in found if not one.is_sequence]
    if not tables:
        return {}
    asked.ask("LOCK TABLES " + ", ".join(f"{one.name} READ" for one in tables))
    result = checksums(asked, tables)
    asked.ask("UNLOCK TABLES")
    return result


def _transaction(asked: MysqlSession, work: Callable[[], _T]) -> _T:
    """Run work, repeated after conflicts.

    First it waits for no lock: who waits for none makes no deadlock, of which another client could be the victim.
    """
    began = time.monotonic()

    def attempt() -> _T:
        seconds = int(time.monotonic() - began > PATIENCE - 1)  # not longer: readers wait behind a waiting lock
        for setting in _WAITS:
            asked.ask(f"SET SESSION {setting} = {seconds}")
        return work()

    try:
        return repeated(attempt, lambda: [asked.ask(one) for one in _ROLL_BACK], _AGAIN)
    except Refused as refused:
        if refused.code in _AGAIN:
            raise _blocked(asked, refused) from refused
        raise


def _blocked(asked: MysqlSession, refused: Refused) -> Refused:
    for who, query in asked.ask(_BLOCKERS):
        hint = "end its transaction, by commit, rollback or close, before data is restored"
        at = f", now in: {' '.join(query.split())[:200]}" if query else ""
        return Refused(f"{who} has held a lock for {PATIENCE:g} s{at}", hint=hint)
    return refused


@contextmanager
def _asked(connection: Connection) -> Iterator[MysqlSession]:
    with session(replace(connection, database=""), _LONGEST) as asked:
        for setting in _SETTINGS:
            asked.ask(setting)
        for setting in _OWN_SETTINGS:
            with suppress(Refused):
                asked.ask(setting)
        yield asked


def _beside(folder: Path, database: str) -> str:
    return quoted(f"{PREFIX}{snapshot_files.label(folder)}_{sha256(database.encode()).hexdigest()[:8]}")
