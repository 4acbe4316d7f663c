"""Snapshots of a need's data, restored while services stay connected."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event

from localenv.errors import JobError
from localenv.host.waiting import looks
from localenv.needs import NotYet, Refused, Restored, Silent
from localenv.needs.kinds import KINDS
from localenv.needs.wire import SILENCE
from localenv.stack import Connection, Need, Stack

AGAIN = "seed it again: localenv down, then localenv up"


class PartlyRestored(JobError):  # noqa: N818 - how far it came
    """A need was restored only in part.

    `left_alone` maps what has changed and cannot be restored to the reason; `made_since` are databases, users and
    the like that the snapshot does not contain.
    """

    def __init__(self, need: str, found: Restored) -> None:
        self.changed = found.changed
        self.left_alone = found.left_alone
        self.made_since = found.made_since
        new = dict.fromkeys(found.made_since, "made since the snapshot")
        self.reason = "; ".join(f"{name} ({why})" for name, why in {**found.left_alone, **new}.items())
        super().__init__(f"{need}: left alone: {self.reason}", hint=AGAIN)


def possible(stack: Stack) -> list[str]:
    """The needs of kinds whose data can be restored."""
    return [name for name, need in stack.needs.items() if KINDS[need.kind].snapshots]


def is_silent(need: Need, connection: Connection, over: Event) -> bool:
    """Whether a need accepts connections and does not answer for SILENCE, or until `over` is set."""
    for is_last in looks(within=SILENCE, pause=0.1):
        try:
            KINDS[need.kind].ready(connection)
        except Silent:
            if is_last or over.is_set():
                return True
            continue
        except NotYet:  # reported when it is used
            pass
        return False
    return False


def found(folder: Path) -> frozenset[str]:
    """The needs with a snapshot in a folder, which may not exist."""
    return frozenset(one.name for one in folder.iterdir() if one.is_dir()) if folder.is_dir() else frozenset()


def snapshot(need: Need, connection: Connection, folder: Path, *, whole: bool = True) -> bool:
    """Take a snapshot of a need; returns whether its kind supports that.

    `folder` holds the snapshots of all needs; there may be several. `whole`: everything on its server belongs to the
    need, also databases that seeds created; else only its own databases. Raises JobError.
    """
    kind = KINDS[need.kind].snapshots
    if kind is None:
        return False
    with _failing(need, "snapshot failed"):
        for one in _connections(need, connection, whole=whole):
            kind.snapshot(one, folder / need.name)
    return True


def restore(need: Need, connection: Connection, folder: Path, *, whole: bool = True) -> tuple[str, ...]:
    """Restore a need from its snapshot in `folder`; returns what had changed, such as names of tables.

    Raises JobError, also if a transaction of another client blocks it for 5 s, and PartlyRestored.
    """
    kind = KINDS[need.kind].snapshots
    found = Restored()
    with _failing(need, "reset failed", AGAIN):
        for one in _connections(need, connection, whole=whole):
            found += kind.restore(one, folder / need.name) if kind else Restored()
    if found.left_alone or found.made_since:
        raise PartlyRestored(need.name, found)
    return found.changed


def discard(need: Need, connection: Connection, folder: Path, *, whole: bool = True) -> None:
    """Remove a snapshot; raises JobError."""
    kind = KINDS[need.kind].snapshots
    if kind is None:
        return
    with _failing(need, "could not discard the snapshot"):
        for one in _connections(need, connection, whole=whole):
            kind.discard(one, folder / need.name)


def _connections(need: Need, connection: Connection, *, whole: bool) -> Iterator[Connection]:
    """A connection without a database to include all, else one per database of the need."""
    for database in need.databases if need.databases and not whole else ("",):
        yield replace(connection, database=database)


@contextmanager
def _failing(need: Need, what: str, hint: str = "") -> Iterator[None]:
    try:
        yield
    except Refused as refused:
        raise JobError(f"{need.name}: {what}: {refused}", hint=refused.hint or hint) from refused
    except NotYet as answer:
        raise JobError(f"{need.name}: {what}: {answer}") from answer
