"""Recover from killed processes: environments without owner and guard, and leftover state."""

from collections.abc import Iterator
from contextlib import suppress

from localenv import paths, state
from localenv.environment import leases, ownership
from localenv.environment.down import guarding, removing
from localenv.errors import LocalenvError
from localenv.stack.states import EnvironmentState
from localenv.state import Record, locking


def is_due() -> bool:
    """Whether there is anything to recover; fast, because every command calls it."""
    return any(_left_behind()) or any(_unrecorded())


def abandoned() -> list[Record]:
    """Environments whose owner and guard have both died; starts a guard that removes each of them."""
    return [record for record in _left_behind() if _taken_over(record.identity)]


def sweep() -> None:
    """Remove state folders without a record, and locks; skips those in use."""
    for name in _unrecorded():
        with suppress(OSError), locking.lock(name, locking.without_waiting):
            if name in _unrecorded():
                guarding.end(name)  # left by a guard that was killed
                state.forget(name)
                if not removing.is_asked_for(name):
                    paths.down_request(name).unlink(missing_ok=True)


def why_due(record: Record) -> str:
    """Why an environment should be removed; empty if it should stay."""
    if record.state is EnvironmentState.STOPPED:
        return ""
    if record.lease is not None and leases.left(record) == 0:
        return "its lease has expired"
    if record.owner is not None and not ownership.is_alive(record.owner):
        return f"its owner (pid {record.owner.pid}) has exited"
    return ""


def _left_behind() -> Iterator[Record]:
    """Environments that should be removed but have no guard."""
    for record in state.known():
        if why_due(record) and not guarding.is_there(record.identity):
            yield record


def _unrecorded() -> Iterator[str]:
    """State folders without a record, and locks, that have no guard: left by killed read-only commands."""
    for name in dict.fromkeys((*paths.states(), *paths.locked())):
        if not state.is_recorded(name) and not guarding.is_there(name):
            yield name


def _taken_over(name: str) -> bool:
    with suppress(LocalenvError, OSError, BlockingIOError), locking.lock(name, locking.without_waiting):
        record = state.load(name)
        if record is None or not (reason := why_due(record)):
            return False
        with suppress(OSError):
            state.save(record.but(state=EnvironmentState.STOPPING, detail=f"{reason}; it is being removed"))
        guarding.begin(name, record.owner, 0 if record.owner is None else None)
        return True
    return False
