"""Snapshots of a database of PostgreSQL, restored while clients stay connected.

The copy is a file of COPY for each table beside the server's data: it lives as long as the data does, and nobody who
looks into the database sees it. Large objects, and what DDL did, are not restored. It takes a superuser.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from localenv.needs import Refused, snapshot_files
from localenv.needs.postgres.quoting import text
from localenv.needs.postgres.relations import EMPTY, Relation, relations, states
from localenv.needs.postgres.wire import Session, session
from localenv.stack import Connection

_LONGEST = 600.0  # seconds a copy may take
_PATIENCE = 5.0  # seconds to wait for a transaction that writes

_SETTINGS = """
SET statement_timeout = 0; SET default_transaction_read_only = off;
SET default_transaction_isolation = 'read committed'; SET synchronous_commit = off;
SET DateStyle = 'ISO'; SET IntervalStyle = 'postgres'; SET extra_float_digits = 1; SET bytea_output = 'hex';
SET xmloption = 'content'; SET row_security = off
"""
# whoever writes holds a lock that this one waits for, whoever reads does not; an autovacuum is sent away, and in a
# deadlock it is this session that finds it first and gives way
_LOCK = "BEGIN; SET LOCAL lock_timeout = '{timeout:.0f}ms'; SET LOCAL deadlock_timeout = '20ms'"
_AGAIN = {"40P01", "42P01", "42703"}  # a deadlock; a table or a column that is gone meanwhile
_LOCKED = "55P03"

_BLOCKERS = """
SELECT format('process %s (%s%s)', a.pid, a.state, coalesce(', ' || nullif(a.application_name, ''), '')), a.query
FROM pg_stat_activity a JOIN pg_locks l ON l.pid = a.pid JOIN pg_class c ON c.oid = l.relation
WHERE l.granted AND l.mode <> 'AccessShareLock'
  AND c.relkind = 'r' AND c.relnamespace <> 'pg_catalog'::regnamespace
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND a.pid <> pg_backend_pid()
ORDER BY l.mode = 'RowShareLock', a.xact_start LIMIT 1
"""

_PLACE = "SELECT current_setting('data_directory'), oid FROM pg_database WHERE datname = current_database()"

_T = TypeVar("_T")


@dataclass(frozen=True, kw_only=True)
class _Snapshot:
    known: Mapping[str, Relation]
    states: Mapping[str, str]
    files: Mapping[str, str]  # where the rows of a table are, for the server

    @classmethod
    def read(cls, folder: Path, database: str) -> "_Snapshot":
        found = snapshot_files.read(folder, database)
        known = {one["name"]: Relation(**one) for one in found["known"]}
        return cls(known=known, states=found["states"], files=found["files"])

    def write(self, folder: Path, database: str) -> None:
        known: list[dict[str, Any]] = [one.as_json() for one in self.known.values()]
        snapshot_files.write(folder, database, {"known": known, "states": self.states, "files": self.files})


def snapshot(connection: Connection, folder: Path) -> None:
    """Copy every table into a file, and record the state of everything."""
    for database in _databases(connection):
        with _asked(connection, database) as asked:
            _patiently(asked, partial(_take, asked, folder, database))


def restore(connection: Connection, folder: Path) -> tuple[str, ...]:
    """Restore the tables that changed, the sequences and materialized views; a table made since is emptied."""
    changed: list[str] = []
    for database in (connection.database,) if connection.database else snapshot_files.databases(folder):
        with _asked(connection, database) as asked:
            changed += _patiently(asked, partial(_restore, asked, folder, database))
    return tuple(changed)


def discard(connection: Connection, folder: Path) -> None:
    """Empty the files, which no statement removes, and remove the records of them."""
    for database in (connection.database,) if connection.database else list(snapshot_files.databases(folder)):
        try:
            snapshot = _Snapshot.read(folder, database)
        except Refused:
            continue
        with _asked(connection, database) as asked:
            asked.ask("; ".join(f"COPY (SELECT WHERE false) TO {text(file)}" for file in snapshot.files.values()))
        snapshot_files.remove(folder, database)


def _take(asked: Session, folder: Path, database: str) -> None:
    known = relations(asked)
    _lock(asked, known.values())
    ((place, number),) = asked.ask(_PLACE)
    prefix = f"{place}/localenv_{snapshot_files.label(folder)}_{number}_"
    tables = [one for one in known.values() if one.is_table]
    files = {one.name: f"{prefix}{number}" for number, one in enumerate(tables)}
    found = states(asked, known.values())
    asked.ask(
        "; ".join(f"COPY {_target(one)} TO {text(files[one.name])}" for one in tables if found[one.name] != EMPTY)
    )
    filled = {name: file for name, file in files.items() if found[name] != EMPTY}
    _Snapshot(known=known, states=found, files=filled).write(folder, database)
    asked.ask("COMMIT")


def _restore(asked: Session, folder: Path, database: str) -> tuple[str, ...]:
    now = relations(asked)
    _lock(asked, now.values())
    snapshot = _Snapshot.read(folder, database)  # behind the lock: another process may have restored it just now
    if gone := [one.shown for one in snapshot.known.values() if one.name not in now]:
        raise Refused(f"{', '.join(gone)} is gone, and only data is restored", hint="restart the environment")
    found = states(asked, now.values())
    changed = [one for one in now.values() if found[one.name] != _before(snapshot, one)]
    if changed:
        _refill(asked, snapshot, changed)
        after = {**snapshot.states, **states(asked, changed)}
        _Snapshot(known=snapshot.known, states=after, files=snapshot.files).write(folder, database)
    asked.ask("COMMIT")
    return tuple(one.shown for one in changed)


def _before(snapshot: _Snapshot, relation: Relation) -> str | None:
    """The state it was left in; of a table made since, an empty one, and nothing of what else was made."""
    return snapshot.states.get(relation.name, EMPTY if relation.is_table else None)


def _refill(asked: Session, snapshot: _Snapshot, changed: list[Relation]) -> None:
    tables = [one for one in changed if one.is_table]
    statements = ["SET LOCAL session_replication_role = replica"]  # no triggers, no foreign keys
    statements += [f"DELETE FROM ONLY {one.name}" for one in tables]  # noqa: S608 - quoted; TRUNCATE would stop readers
    for one in tables:
        if file := snapshot.files.get(one.name):
            statements.append(f"COPY {_target(snapshot.known[one.name])} FROM {text(file)}")
    statements += [f"REFRESH MATERIALIZED VIEW {one.name}" for one in changed if one.kind == "m"]
    for one in changed:
        if one.is_sequence:
            last, called = snapshot.states[one.name].split()
            statements.append(f"SELECT setval({text(one.name)}, {last}, {called})")
    asked.ask("; ".join(statements))


def _patiently(asked: Session, work: Callable[[], _T]) -> _T:
    """Carry out a transaction, again where it had to give way to another."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            return work()
        except Refused as refused:
            asked.ask("ROLLBACK")
            if refused.code == _LOCKED:
                raise _blocked(asked) from refused
            if refused.code not in _AGAIN or time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _blocked(asked: Session) -> Refused:
    for who, query in asked.ask(_BLOCKERS):
        hint = "end its transaction, by commit, rollback or close, before data is restored"
        return Refused(f"{who} has held a lock for {_PATIENCE:g} s: {' '.join((query or '').split())[:200]}", hint=hint)
    return Refused(f"a lock was held for {_PATIENCE:g} s")


def _lock(asked: Session, found: Iterable[Relation]) -> None:
    tables = ", ".join(f"ONLY {one.name}" for one in found if one.is_table)
    lock = f"; LOCK TABLE {tables} IN SHARE ROW EXCLUSIVE MODE" if tables else ""
    asked.ask(_LOCK.format(timeout=_PATIENCE * 1000) + lock)


@contextmanager
def _asked(connection: Connection, database: str) -> Iterator[Session]:
    with session(connection, database, _LONGEST) as asked:
        asked.ask(_SETTINGS)
        yield asked


def _databases(connection: Connection) -> tuple[str, ...]:
    if connection.database:
        return (connection.database,)
    with session(connection, "postgres", _LONGEST) as asked:
        rows = asked.ask("SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate ORDER BY datname")
    return tuple(name for (name,) in rows if name)


def _target(relation: Relation) -> str:
    return f"{relation.name} ({relation.columns})" if relation.columns else relation.name
