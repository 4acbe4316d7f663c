"""Snapshots of PostgreSQL databases, restored while clients stay connected.

Each table is copied to a COPY file beside the server's data: it lives as long as the data does and is not visible in
the database. DDL changes are not restored. Requires a superuser.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from localenv.needs import NotYet, Refused, Restored, server_objects, snapshot_files
from localenv.needs.postgres import cluster
from localenv.needs.postgres.databases import databases
from localenv.needs.postgres.quoting import text
from localenv.needs.postgres.refilling import owners_file, refill, saved
from localenv.needs.postgres.relations import (
    EMPTY,
    LARGE_OBJECTS,
    UNPOPULATED,
    PostgresRelation,
    contents,
    relations,
    states,
)
from localenv.needs.postgres.wire import PostgresSession, session
from localenv.needs.transactions import PATIENCE, repeated
from localenv.stack import Connection

_LONGEST = 600.0  # seconds a copy may take

_SETTINGS = """
SET statement_timeout = 0; SET default_transaction_read_only = off;
SET default_transaction_isolation = 'read committed'; SET synchronous_commit = off;
SET DateStyle = 'ISO'; SET IntervalStyle = 'postgres'; SET extra_float_digits = 1; SET bytea_output = 'hex';
SET xmloption = 'content'; SET row_security = off
"""
# a writer holds a lock that conflicts with this one, a reader does not; an autovacuum is cancelled. A session checks
# for a deadlock once, after a timeout: this one at once. If the deadlock occurs later, this session has given up before
# a writer checks, which would otherwise fail
_LOCK = """
BEGIN; SET LOCAL deadlock_timeout = '20ms';
SET LOCAL lock_timeout = '{timeout:.0f}ms'; SET LOCAL statement_timeout = '{timeout:.0f}ms'
"""
_ALL_THE_TIME = "SET LOCAL statement_timeout = 0"
_GIVES_UP = 0.7  # seconds; a writer checks after one
_AGAIN = {"40P01", "42P01", "42703"}  # a deadlock; a table or a column that was dropped meanwhile
_LOCKED = {"55P03", "57014"}

_BLOCKERS = """
SELECT format('process %s (%s%s)', a.pid, a.state, coalesce(', ' || nullif(a.application_name, ''), '')), a.query
FROM pg_stat_activity a JOIN pg_locks l ON l.pid = a.pid JOIN pg_class c ON c.oid = l.relation
WHERE l.granted AND l.mode <> 'AccessShareLock'
  AND c.relkind = 'r' AND (c.relnamespace <> 'pg_catalog'::regnamespace OR c.relname = 'pg_largeobject')
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND a.pid <> pg_backend_pid()
ORDER BY l.mode = 'RowShareLock', a.xact_start LIMIT 1
"""

_PLACE = "SELECT current_setting('data_directory'), oid FROM pg_database WHERE datname = current_database()"

_SERVER = ""  # the name of the record of all databases; no database has that name
_FOREIGN = "its rows are in another place"
_OF_OTHER_ROWS = "it was made from other rows than it is made from now"

_T = TypeVar("_T")


@dataclass(frozen=True, kw_only=True)
class _PostgresSnapshot:
    known: Mapping[str, PostgresRelation]
    states: Mapping[str, str]
    files: Mapping[str, str]  # table → file with its rows, on the server
    contents: Mapping[str, str] = field(default_factory=dict)  # checksums of relations that are only compared

    @classmethod
    def read(cls, folder: Path, database: str) -> "_PostgresSnapshot":
        found = snapshot_files.read(folder, database)
        known = {one["name"]: PostgresRelation(**one) for one in found["known"]}
        return cls(**{**found, "known": known})

    def write(self, folder: Path, database: str) -> None:
        known: list[dict[str, Any]] = [one.as_json() for one in self.known.values()]
        snapshot_files.write(folder, database, {**vars(self), "known": known})

    @property
    def is_bare(self) -> bool:
        """Whether the database was empty."""
        return not self.known.keys() - {LARGE_OBJECTS.name} and LARGE_OBJECTS.name not in self.files


def snapshot(connection: Connection, folder: Path) -> None:
    """Copy every table to a file, and record the state of every relation."""
    if connection.database:
        with _asked(connection, connection.database) as asked:
            _transaction(asked, partial(_take, asked, folder, connection.database))
        return
    now: Mapping[str, str | None] = {}
    outside: Mapping[str, str] = {}
    for database in _databases(connection):
        with _asked(connection, database) as asked:
            _transaction(asked, partial(_take, asked, folder, database))
            now, outside = databases(asked), cluster.objects(asked)
    server_objects.write(folder, outside)
    bare = [name for name in now if _PostgresSnapshot.read(folder, name).is_bare]
    snapshot_files.write(folder, _SERVER, {name: now[name] if name in bare else None for name in now})


def restore(connection: Connection, folder: Path) -> Restored:
    """Restore changed tables, sequences, materialized views and large objects; empties tables created since.

    Not restored: foreign tables, views that were outdated at the snapshot, databases created since, and what belongs to
    no database, such as roles.
    """
    recorded = {connection.database: None} if connection.database else _recorded(folder)
    try:
        return _restored(connection, folder, recorded)
    except NotYet:
        if gone := sorted({*recorded} - {*_databases(connection)}):
            raise snapshot_files.gone(f"database {name}" for name in gone) from None
        raise


def _restored(connection: Connection, folder: Path, recorded: Mapping[str, str | None]) -> Restored:
    due = [name for name, bare in recorded.items() if bare is None] or list(recorded)[:1]
    found = Restored()
    seen = bool(connection.database)
    for database in due:  # the list grows meanwhile
        with _asked(connection, database) as asked:
            found += _transaction(asked, partial(_restore, asked, folder, database))
            if not seen:
                found += _others(databases(asked), recorded, due)
                found += server_objects.compared(folder, cluster.objects(asked))
                seen = True
    for database in due:
        found += _left_alone(connection, folder, database)
    return found


def discard(connection: Connection, folder: Path) -> None:
    """Truncate the files, which no statement can remove, and remove their records; also of databases that are gone."""
    there = () if connection.database else _databases(connection)
    for database in (connection.database,) if connection.database else list(snapshot_files.databases(folder)):
        try:
            files = [] if database == _SERVER else list(_PostgresSnapshot.read(folder, database).files.items())
        except Refused:
            continue
        emptied = [file for _, file in files]
        emptied += [owners_file(file) for name, file in files if name == LARGE_OBJECTS.name]
        if emptied:
            with _asked(connection, database if connection.database or database in there else "postgres") as asked:
                asked.ask("; ".join(f"COPY (SELECT WHERE false) TO {text(file)}" for file in emptied))
        snapshot_files.remove(folder, database)
    server_objects.remove(folder)


def _recorded(folder: Path) -> Mapping[str, str | None]:
    """The databases of a snapshot; for an empty one, the fingerprint of its folder."""
    try:
        found: Mapping[str, str | None] = snapshot_files.read(folder, _SERVER)
    except Refused:
        found = dict.fromkeys(snapshot_files.databases(folder))  # written by an older localenv
        if not found:
            raise
    return found


def _others(now: Mapping[str, str | None], recorded: Mapping[str, str | None], due: list[str]) -> Restored:
    """The result for databases that changed since; adds those that were empty and may not be any more to `due`."""
    if gone := recorded.keys() - now.keys():
        raise snapshot_files.gone(f"database {name}" for name in sorted(gone))
    due += [name for name, folder in recorded.items() if folder is not None and folder != now[name] and name not in due]
    return Restored(made_since=tuple(f"database {name}" for name in now if name not in recorded))


def _take(asked: PostgresSession, folder: Path, database: str, seconds: float) -> None:
    known = relations(asked)
    _lock(asked, known.values(), seconds)
    ((place, number),) = asked.ask(_PLACE)
    prefix = f"{place}/localenv_{snapshot_files.label(folder)}_{number}_"
    files = {one.name: f"{prefix}{number}" for number, one in enumerate(known.values())}
    found = states(asked, known.values())
    copies = {one.name: list(saved(one, found.get(one.name, ""), files[one.name])) for one in known.values()}
    asked.ask("; ".join(statement for statements in copies.values() for statement in statements))
    filled = {name: files[name] for name, statements in copies.items() if statements}
    asked.ask("COMMIT")
    looked_at = contents(asked, [one for one in known.values() if one.is_foreign or one.is_view])
    _PostgresSnapshot(known=known, states=found, files=filled, contents=looked_at).write(folder, database)


def _restore(asked: PostgresSession, folder: Path, database: str, seconds: float) -> Restored:
    now = relations(asked)
    _lock(asked, now.values(), seconds)
    snapshot = _PostgresSnapshot.read(folder, database)  # with the lock held: another process may have restored it
    if gone := [one.shown for one in snapshot.known.values() if one.name not in now]:
        raise snapshot_files.gone(gone)
    found = states(asked, now.values())
    changed = [one for one in now.values() if one.name in found and found[one.name] != _before(snapshot, one)]
    left_alone: list[PostgresRelation] = []
    if changed:
        refill(asked, changed, snapshot.known, snapshot.states, snapshot.files)
        filled = [replace(one, is_populated=snapshot.states.get(one.name) != UNPOPULATED) for one in changed]
        looked_at = contents(asked, [one for one in filled if one.name in snapshot.contents])
        left_alone = [one for one in filled if looked_at.get(one.name) != snapshot.contents.get(one.name)]
        after = states(asked, [one for one in filled if one not in left_alone])
        replace(snapshot, states={**snapshot.states, **after}).write(folder, database)
    asked.ask("COMMIT")
    return Restored(
        changed=tuple(one.shown for one in changed), left_alone={one.shown: _OF_OTHER_ROWS for one in left_alone}
    )


def _before(snapshot: _PostgresSnapshot, relation: PostgresRelation) -> str | None:
    """The state in the snapshot; a table created since counts as empty, other new relations have none."""
    return snapshot.states.get(relation.name, EMPTY if relation.is_table else None)


def _left_alone(connection: Connection, folder: Path, database: str) -> Restored:
    """Compare relations that are not restored, after everything else: their rows may depend on it."""
    snapshot = _PostgresSnapshot.read(folder, database)
    foreign = [one for one in snapshot.known.values() if one.is_foreign]
    if not foreign:
        return Restored()
    with _asked(connection, database) as asked:
        now = contents(asked, foreign)
    return Restored(left_alone={one.shown: _FOREIGN for one in foreign if now[one.name] != snapshot.contents[one.name]})


def _transaction(asked: PostgresSession, work: Callable[[float], _T]) -> _T:
    """Run a transaction that waits for locks for the given seconds; repeats it after a conflict.

    The last attempt waits longer: a continuous sequence of writers could block it forever otherwise.
    """
    began = time.monotonic()

    def attempt() -> _T:
        left = PATIENCE - (time.monotonic() - began)
        return work(_GIVES_UP if left > PATIENCE / 2 else max(left, 0.1))

    try:
        return repeated(attempt, partial(asked.ask, "ROLLBACK"), _AGAIN | _LOCKED)
    except Refused as refused:
        if refused.code in _LOCKED:
            raise _blocked(asked) from refused
        raise


def _blocked(asked: PostgresSession) -> Refused:
    for who, query in asked.ask(_BLOCKERS):
        hint = "end its transaction, by commit, rollback or close, before data is restored"
        return Refused(f"{who} has held a lock for {PATIENCE:g} s: {' '.join((query or '').split())[:200]}", hint=hint)
    return Refused(f"a lock was held for {PATIENCE:g} s")


def _lock(asked: PostgresSession, found: Iterable[PostgresRelation], seconds: float) -> None:
    tables = ", ".join(f"ONLY {one.name}" for one in found if one.is_table or one.is_large_objects)
    asked.ask(_LOCK.format(timeout=seconds * 1000))
    asked.ask((f"LOCK TABLE {tables} IN SHARE ROW EXCLUSIVE MODE; " if tables else "") + _ALL_THE_TIME)


@contextmanager
def _asked(connection: Connection, database: str) -> Iterator[PostgresSession]:
    with session(connection, database, _LONGEST) as asked:
        asked.ask(_SETTINGS)
        yield asked


def _databases(connection: Connection) -> tuple[str, ...]:
    with session(connection, "postgres", _LONGEST) as asked:
        rows = asked.ask("SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate ORDER BY datname")
    return tuple(name for (name,) in rows if name)
