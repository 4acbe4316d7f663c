"""The owner of an environment: the first `up` that stays in the foreground, or none."""

import os
from contextlib import suppress

from localenv import state
from localenv.environment import leases
from localenv.environment.down import guarding
from localenv.environment.request import Request
from localenv.host import kernel
from localenv.stack.states import EnvironmentState
from localenv.state import Owner, Record


def own(*, is_command: bool = False) -> Owner:
    """An owner that refers to this process."""
    return owner(os.getpid(), is_command=is_command)


def owner(pid: int, *, is_command: bool = False) -> Owner:
    """An owner that refers to a process."""
    return Owner(pid=pid, start=kernel.started(pid), boot=kernel.boot(), is_command=is_command)


def is_alive(owner: Owner | None) -> bool:
    """Whether the owner's process is still running (compares pid and start time)."""
    return owner is not None and owner.boot == kernel.boot() and kernel.started(owner.pid) == owner.start


def is_same(one: Owner | None, other: Owner | None) -> bool:
    """Whether both refer to the same process."""
    identities = [(owner.pid, owner.start, owner.boot) if owner else None for owner in (one, other)]
    return identities[0] == identities[1]


def is_mine(record: Record | None) -> bool:
    """Whether this process owns the environment."""
    return record is not None and is_same(record.owner, own())


def claim(request: Request, record: Record | None) -> Owner:
    """The owner during `up`: the living owner if there is one, else this process."""
    if record and record.state is not EnvironmentState.STOPPED and is_alive(record.owner):
        assert record.owner is not None
        return record.owner
    if request.owner is not None:
        return owner(request.owner)
    return own(is_command=request.is_command)


def keep_claim(request: Request, record: Record, before: Record | None) -> Record:
    """The record after a successful start: with `detach` it has no owner, and may have a lease. Requires the lock."""
    if not request.detach:
        return record
    lease = request.lease
    if lease is None and before and before.owner is None:
        lease = leases.left(before)
    guarding.adopt(record.identity, None, lease)
    return record.but(owner=None, lease=leases.lease(lease) if lease is not None else None)


def return_claim(name: str, before: Record | None) -> None:
    """Restore the owner from before the claim, or forget an environment that did not exist. Requires the lock."""
    if before is None or before.state is EnvironmentState.STOPPED:
        guarding.end(name)
        if before is None:
            state.forget(name)
    elif before.owner is None:
        with suppress(guarding.Ending):
            guarding.adopt(name, None, leases.left(before))
