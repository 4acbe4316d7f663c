"""Snapshots of the data of a need, restored while services stay connected."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from localenv.errors import JobError
from localenv.needs import NotYet, Refused
from localenv.needs.kinds import KINDS
from localenv.stack import Connection, Need, Stack


def possible(stack: Stack) -> list[str]:
    """The needs of kinds whose data can be restored."""
    return [name for name, need in stack.needs.items() if KINDS[need.kind].SNAPSHOTS]


def found(folder: Path) -> frozenset[str]:
    """The needs that have a snapshot in a folder, which need not exist."""
    return frozenset(one.name for one in folder.iterdir() if one.is_dir()) if folder.is_dir() else frozenset()


def snapshot(need: Need, connection: Connection, folder: Path) -> bool:
    """Take a snapshot of a need; whether its kind can restore it.

    `folder` is the snapshot of all needs; there may be several. Raises JobError.
    """
    kind = KINDS[need.kind].SNAPSHOTS
    if kind is None:
        return False
    with _failing(need, "snapshot failed"):
        for one in _connections(need, connection):
            kind.snapshot(one, folder / need.name)
    return True


def restore(need: Need, connection: Connection, folder: Path) -> tuple[str, ...]:
    """Restore a need from its snapshot in `folder`; what had changed, such as names of tables.

    Raises JobError, also if a transaction of another client blocks it for 5 s.
    """
    kind = KINDS[need.kind].SNAPSHOTS
    changed: list[str] = []
    with _failing(need, "reset failed"):
        for one in _connections(need, connection):
            changed += kind.restore(one, folder / need.name) if kind else ()
    return tuple(changed)


def discard(need: Need, connection: Connection, folder: Path) -> None:
    """Remove a snapshot; raises JobError."""
    kind = KINDS[need.kind].SNAPSHOTS
    if kind is None:
        return
    with _failing(need, "could not discard the snapshot"):
        for one in _connections(need, connection):
            kind.discard(one, folder / need.name)


def _connections(need: Need, connection: Connection) -> Iterator[Connection]:
    """One per database of the need; one without a database if the need has none."""
    for database in need.databases or ("",):
        yield replace(connection, database=database) if connection.database else connection


@contextmanager
def _failing(need: Need, what: str) -> Iterator[None]:
    try:
        yield
    except Refused as refused:
        raise JobError(f"{need.name}: {what}: {refused}", hint=refused.hint) from refused
    except NotYet as answer:
        raise JobError(f"{need.name}: {what}: {answer}") from answer
