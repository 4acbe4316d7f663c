"""Who owns an environment: the first `up` that stays, or nobody."""

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
    identities = [(owner.pid, owner.start, owner.boot) if owner else None for owner in (one, other)]
    return identities[0] == identities[1]


def is_mine(record: Record | None) -> bool:
    """Whether this process owns it."""
    return record is not None and is_same(record.owner, own())


def claim(request: Request, record: Record | None) -> Owner:
    """The owner while `up` works on it: its living owner, else this process."""
    if record and record.state is not EnvironmentState.STOPPED and is_alive(record.owner):
        assert record.owner is not None
        return record.owner
    if request.owner is not None:
        return owner(request.owner)
    return own(is_command=request.is_command)


def keep_claim(request: Request, record: Record, before: Record | None) -> Record:
    """The record after a start that succeeded: with `detach` nobody owns it, and it may have a lease. Lock held."""
    if not request.detach:
        return record
    lease = request.lease
    if lease is None and before and before.owner is None:
        lease = leases.left(before)
    guarding.adopt(record.identity, None, lease)
    return record.but(owner=None, lease=leases.lease(lease) if lease is not None else None)


def return_claim(name: str, before: Record | None) -> None:
    """It belongs to whom it belonged before the claim; of what was not there nothing is left. The lock is held."""
    if before is None or before.state is EnvironmentState.STOPPED:
        guarding.end(name)
        if before is None:
            state.forget(name)
    elif before.owner is None:
        with suppress(guarding.Ending):
            guarding.adopt(name, None, leases.left(before))
