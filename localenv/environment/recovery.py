"""What dead processes left: environments whose owner and guard are both no more, and state that belongs to nothing."""

from collections.abc import Iterator
from contextlib import suppress

from localenv import paths, state
from localenv.environment import leases, ownership
from localenv.environment.down import guarding
from localenv.errors import LocalenvError
from localenv.guard import client
from localenv.stack.states import EnvironmentState
from localenv.state import Record


def is_due() -> bool:
    """Whether there is anything to recover; quick, for every command asks."""
    return any(_left_behind()) or any(_unrecorded())


def abandoned() -> list[Record]:
    """Environments whose owner and guard are both no more; from now on a guard removes each of them."""
    return [record for record in _left_behind() if _taken_over(record.identity)]


def sweep() -> None:
    """Remove folders of state that hold no record, and locks; what somebody works on stays, or has begun since."""
    for name in _unrecorded():
        with suppress(OSError), state.lock(name, _in_use):
            if name in _unrecorded():
                guarding.end(name)  # what a guard that was killed has left
                state.forget(name)


def why_due(record: Record) -> str:
    """Why an environment should be no more; empty where it should stay."""
    if record.state is EnvironmentState.STOPPED:
        return ""
    if record.lease is not None and leases.left(record) == 0:
        return "its lease has expired"
    if record.owner is not None and not ownership.is_alive(record.owner):
        return f"its owner (process {record.owner.pid}) has exited"
    return ""


def _left_behind() -> Iterator[Record]:
    """Environments that should be no more, and that no guard removes."""
    for record in state.known():
        if why_due(record) and not client.is_there(paths.state(record.identity, make=False)):
            yield record


def _unrecorded() -> Iterator[str]:
    """Folders of state that hold no record, and locks, that no guard keeps: a command that only looked was killed."""
    for name in dict.fromkeys((*paths.states(), *paths.locked())):
        folder = paths.state(name, make=False)
        if not state.is_recorded(name) and not client.is_there(folder):
            yield name


def _taken_over(name: str) -> bool:
    with suppress(LocalenvError, OSError, BlockingIOError), state.lock(name, _in_use):
        record = state.load(name)
        if record is None or not (reason := why_due(record)):
            return False
        with suppress(OSError):
            state.save(record.but(state=EnvironmentState.STOPPING, detail=f"{reason}; it is being removed"))
        guarding.begin(name, record.owner, 0 if record.owner is None else None)
        return True
    return False


def _in_use(seconds: float, holder: int) -> None:
    raise BlockingIOError
