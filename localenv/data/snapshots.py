"""Snapshots of what a need holds, taken and restored while services stay connected to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from localenv.errors import JobError
from localenv.needs import NotYet, Refused
from localenv.needs.kinds import KINDS
from localenv.stack import Connection, Need


def can_restore(need: Need) -> bool:
    """Whether there are snapshots of its kind."""
    return KINDS[need.kind].SNAPSHOTS is not None


def snapshot(need: Need, connection: Connection, folder: Path) -> bool:
    """Take a snapshot of a need, as this machine reaches it; whether there are snapshots of its kind at all.

    `folder` names the snapshot, of all needs: several of them lie side by side. Raises JobError.
    """
    kind = KINDS[need.kind].SNAPSHOTS
    if kind is None:
        return False
    with _failing(need, "no snapshot of its data could be taken"):
        for one in _connections(need, connection):
            kind.snapshot(one, folder / need.name)
    return True


def restore(need: Need, connection: Connection, folder: Path) -> tuple[str, ...]:
    """Restore the snapshot in `folder`; what had changed in the need, such as names of tables.

    Raises JobError, also where a transaction of somebody else is in the way for 5 s.
    """
    kind = KINDS[need.kind].SNAPSHOTS
    changed: list[str] = []
    with _failing(need, "its data could not be restored"):
        for one in _connections(need, connection):
            changed += kind.restore(one, folder / need.name) if kind else ()
    return tuple(changed)


def discard(need: Need, connection: Connection, folder: Path) -> None:
    """Remove a snapshot from the need and from this machine; raises JobError."""
    kind = KINDS[need.kind].SNAPSHOTS
    if kind is None:
        return
    with _failing(need, "its snapshot could not be removed"):
        for one in _connections(need, connection):
            kind.discard(one, folder / need.name)


def _connections(need: Need, connection: Connection) -> Iterator[Connection]:
    """One for each database of the need; one that names none, which is all of them, where it has none of its own."""
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
