"""What a need holds, remembered and brought back while services stay connected to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from localenv import needs
from localenv.errors import JobError
from localenv.needs import NotYet, Refused
from localenv.stack import Connection, Need, Stack


def possible(stack: Stack) -> list[str]:
    """The needs of kinds whose data can be brought back."""
    return [name for name, need in stack.needs.items() if needs.kind(need.kind).RESTORES]


def found(folder: Path) -> frozenset[str]:
    """The needs that have a snapshot in a folder, which need not exist."""
    return frozenset(one.name for one in folder.iterdir() if one.is_dir()) if folder.is_dir() else frozenset()


def remember(need: Need, connection: Connection, folder: Path) -> bool:
    """Note what a need holds, as this machine reaches it; whether its kind can bring it back at all.

    `folder` names the snapshot, of all needs: several of them lie side by side. Raises JobError.
    """
    kind = needs.kind(need.kind)
    with _failing(need, "what it holds could not be remembered"):
        for one in _connections(need, connection):
            kind.remember(one, folder / need.name)
    return kind.RESTORES


def restore(need: Need, connection: Connection, folder: Path) -> tuple[str, ...]:
    """Make a need hold what was remembered in `folder`; what had changed in it, such as names of tables.

    Raises JobError, also where a transaction of somebody else is in the way for 5 s.
    """
    kind = needs.kind(need.kind)
    changed: list[str] = []
    with _failing(need, "its data could not be brought back"):
        for one in _connections(need, connection):
            changed += kind.restore(one, folder / need.name)
    return tuple(changed)


def forget(need: Need, connection: Connection, folder: Path) -> None:
    """Remove a snapshot from the need and from this machine; raises JobError."""
    kind = needs.kind(need.kind)
    with _failing(need, "what was remembered of it could not be removed"):
        for one in _connections(need, connection):
            kind.forget(one, folder / need.name)


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
