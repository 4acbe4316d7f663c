"""Who an environment ends with: the first `up` that stays, a lease, or nobody."""

from contextlib import suppress

from localenv import orphans, state
from localenv.environment.down import guarding
from localenv.environment.request import Request
from localenv.errors import LocalenvError, UsageError
from localenv.state import Life, Owner, Record


def claim(request: Request, record: Record | None) -> Owner:
    """The owner while `up` works on it: whoever owns it and lives, else who asks."""
    if record and record.state is not Life.STOPPED and orphans.is_alive(record.owner):
        assert record.owner is not None
        return record.owner
    if request.owner is not None:
        return orphans.owner(request.owner)
    return orphans.own(is_command=request.is_command)


def settle(request: Request, record: Record, before: Record | None) -> Record:
    """What a start that succeeded leaves: with `detach` nobody owns it, and it may have a lease. The lock is held."""
    if not request.detach:
        return record
    lease = request.lease
    if lease is None and before and before.owner is None:
        lease = orphans.left(before)
    guarding.adopt(record.identity, None, lease)
    return record.but(owner=None, lease=orphans.lease(lease) if lease is not None else None)


def give_back(name: str, before: Record | None) -> None:
    """What was claimed belongs to whom it belonged before; of what was not there nothing is left. The lock is held."""
    if before is None or before.state is Life.STOPPED:
        guarding.end(name)
        if before is None:
            state.forget(name)
    elif before.owner is None:
        with suppress(guarding.Ending):
            guarding.adopt(name, None, orphans.left(before))


def release(name: str, lease: float | None = None) -> None:
    """Let an environment stay up whatever process ends, for `lease` seconds or until `down` removes it."""
    with state.lock(name):
        record = state.load(name)
        with suppress(guarding.Ending):
            guarding.adopt(name, None, lease)
        if record is not None:
            state.save(record.but(owner=None, lease=orphans.lease(lease) if lease is not None else None))


def extend(name: str, seconds: float) -> float:
    """Prolong a lease; the seconds that are left then. Raises UsageError where there is none."""
    with state.lock(name):
        record = state.load(name)
        if record is None or record.state is Life.STOPPED:
            raise UsageError(f"{name} is not running", hint="list all environments: localenv ls")
        left = orphans.left(record)
        if left is None:
            stays = (
                f"it is removed when process {record.owner.pid} exits"
                if record.owner
                else "it stays until localenv down"
            )
            raise UsageError(f"{name} has no lease: {stays}", hint="set one: localenv up --detach --for DURATION")
        try:
            guarding.begin(name, None, left + seconds)
        except guarding.Ending:
            raise LocalenvError(f"{name} is being removed: its time is up") from None
        state.save(record.but(lease=orphans.lease(left + seconds)))
        return left + seconds


def is_mine(record: Record | None) -> bool:
    """Whether this process owns it."""
    return record is not None and orphans.is_same(record.owner, orphans.own())


def abandoned() -> list[Record]:
    """Environments whose owner and guard are both no more; from now on a guard removes each of them."""
    return [record for record in orphans.found() if _taken_over(record.identity)]


def sweep() -> None:
    """Remove folders of state that hold no record, and locks; what somebody works on stays, or has begun since."""
    for name in orphans.unrecorded():
        with suppress(OSError), state.lock(name, _in_use):
            if name in orphans.unrecorded():
                guarding.end(name)  # what a guard that was killed has left
                state.forget(name)


def _taken_over(name: str) -> bool:
    with suppress(LocalenvError, OSError, BlockingIOError), state.lock(name, _in_use):
        record = state.load(name)
        if record is None or not (reason := orphans.why(record)):
            return False
        with suppress(OSError):
            state.save(record.but(state=Life.STOPPING, detail=f"{reason}; it is being removed"))
        guarding.begin(name, record.owner, 0 if record.owner is None else None)
        return True
    return False


def _in_use(seconds: float, holder: int) -> None:
    raise BlockingIOError
