"""Who owns an environment, for how long, and what is left of those whose owner and guard are both no more."""

import os
from collections.abc import Iterator

from localenv import paths, state
from localenv.guard import client
from localenv.host import kernel
from localenv.state import Lease, Life, Owner, Record


def own(*, is_command: bool = False) -> Owner:
    """This process, as an owner."""
    return owner(os.getpid(), is_command=is_command)


def owner(pid: int, *, is_command: bool = False) -> Owner:
    """A process, as an owner."""
    return Owner(pid=pid, start=kernel.started(pid), boot=kernel.boot(), is_command=is_command)


def is_alive(owner: Owner | None) -> bool:
    """Whether this very process runs."""
    return owner is not None and owner.boot == kernel.boot() and kernel.started(owner.pid) == owner.start


def is_same(one: Owner | None, other: Owner | None) -> bool:
    """Whether both are one process."""
    told = [(owner.pid, owner.start, owner.boot) if owner else None for owner in (one, other)]
    return told[0] == told[1]


def lease(seconds: float) -> Lease:
    """One that ends that many seconds from now."""
    return Lease(until=kernel.since_boot() + seconds, boot=kernel.boot())


def left(record: Record) -> float | None:
    """Seconds of its lease that are left; None where it has none."""
    if record.lease is None:
        return None
    return max(record.lease.until - kernel.since_boot(), 0.0) if record.lease.boot == kernel.boot() else 0.0


def why(record: Record) -> str:
    """Why an environment should be no more; empty where it should stay."""
    if record.state is Life.STOPPED:
        return ""
    if record.lease is not None and left(record) == 0:
        return "its lease has expired"
    if record.owner is not None and not is_alive(record.owner):
        return f"its owner (process {record.owner.pid}) has exited"
    return ""


def found() -> Iterator[Record]:
    """Environments that should be no more, and that no guard removes."""
    for record in state.known():
        if why(record) and not client.is_there(paths.state(record.identity, make=False)):
            yield record


def unrecorded() -> Iterator[str]:
    """Folders of state that hold no record, and locks, that no guard keeps: a command that only looked was killed."""
    for name in dict.fromkeys((*paths.states(), *paths.locked())):
        folder = paths.state(name, make=False)
        if not state.is_recorded(name) and not client.is_there(folder):
            yield name
