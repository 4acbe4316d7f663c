"""Leases: how long an environment without an owner stays."""

from contextlib import suppress

from localenv import state
from localenv.environment.down import guarding
from localenv.errors import LocalenvError, UsageError
from localenv.host import kernel
from localenv.stack.states import EnvironmentState
from localenv.state import Lease, Record, locking


def lease(seconds: float) -> Lease:
    """A lease that ends in that many seconds."""
    return Lease(until=kernel.since_boot() + seconds, boot=kernel.boot())


def left(record: Record) -> float | None:
    """Seconds left of the lease; None if there is none."""
    if record.lease is None:
        return None
    return max(record.lease.until - kernel.since_boot(), 0.0) if record.lease.boot == kernel.boot() else 0.0


def release(name: str, seconds: float | None = None) -> None:
    """Keep an environment up when its owner exits: for `seconds`, or until `down` removes it."""
    with locking.lock(name):
        record = state.load(name)
        with suppress(guarding.Ending):
            guarding.adopt(name, None, seconds)
        if record is not None:
            state.save(record.but(owner=None, lease=lease(seconds) if seconds is not None else None))


def extend(name: str, seconds: float) -> float:
    """Extend a lease; returns the seconds left. Raises UsageError if there is none."""
    with locking.lock(name):
        record = state.load(name)
        if record is None or record.state is EnvironmentState.STOPPED:
            raise UsageError(f"{name} is not running", hint="list all environments: localenv ls")
        remaining = left(record)
        if remaining is None:
            stays = (
                f"it is removed when process {record.owner.pid} exits"
                if record.owner
                else "it stays until localenv down"
            )
            raise UsageError(f"{name} has no lease: {stays}", hint="set one: localenv up --detach --for DURATION")
        try:
            guarding.begin(name, None, remaining + seconds)
        except guarding.Ending:
            raise LocalenvError(f"{name} is being removed: its lease has expired") from None
        state.save(record.but(lease=lease(remaining + seconds)))
        return remaining + seconds
