"""The guard of an environment: starts before anything else and removes the environment when its owner dies."""

from contextlib import suppress

from localenv import paths
from localenv.errors import EngineError
from localenv.guard import client, removal, starting, where
from localenv.guard.client import Ending
from localenv.host import kernel
from localenv.state import Owner

__all__ = ["Ending", "adopt", "await_removal", "begin", "end", "end_processes", "is_ending", "is_there", "pid"]


def begin(identity: str, owner: Owner | None, lease: float | None = None) -> None:
    """Ensure that a guard runs that removes the environment when `owner` dies or `lease` (seconds) ends.

    Raises EngineError if it cannot start, and Ending if it is already removing the environment. Requires the lock.
    """
    teardown = client.task("remove", identity)
    lock = paths.lock(identity)
    try:
        folder = paths.state(identity, make=False)  # a folder made by this process would outlive it
        starting.begin(folder, identity, teardown=teardown, owner=_watched(owner), lease=lease, lock=lock)
    except Ending:
        raise
    except (client.NoGuard, client.RequestRefused, OSError) as error:
        raise EngineError(f"cannot start the guard of {identity}: {error}") from error


def await_removal(identity: str) -> None:
    """Wait until the guard has removed the environment of a dead owner; the caller must not hold the lock.

    A guard that fails to do so is ended, and the environment stays recorded.
    """
    removal.await_removal(paths.state(identity, make=False))


def is_there(identity: str) -> bool:
    """Whether it has a guard."""
    return client.is_there(paths.state(identity, make=False))


def pid(identity: str) -> int:
    """The process of its guard; 0 if it has none."""
    return int(where.read(paths.state(identity, make=False))["pid"]) if is_there(identity) else 0


def is_ending(identity: str) -> bool:
    """Whether the guard is removing it, because its owner died or its lease ended."""
    return removal.is_ending(paths.state(identity, make=False))


def adopt(identity: str, owner: Owner | None, lease: float | None = None) -> None:
    """Bind the environment to this owner or this lease; with neither it stays until it is removed explicitly.

    Raises Ending if the guard is already removing it.
    """
    with suppress(client.NoGuard):
        client.ask(paths.state(identity, make=False), "adopt", owner=_watched(owner), lease=lease)


def end_processes(identity: str) -> None:
    """End child programs that still work on the environment, such as Compose or an image build."""
    removal.end_processes(identity)


def end(identity: str) -> None:
    """End the guard, because nothing is left to remove; raises EngineError naming what cannot be ended."""
    if left := removal.remove(paths.state(identity, make=False)):
        each = ", ".join(f"{pid} ({kernel.title(pid) or 'unknown'})" for pid in left)
        raise EngineError(
            f"{identity} is removed, but cannot end process {each}: it belongs to another user, or hangs in the kernel",
            hint=f"sudo kill -9 {' '.join(map(str, left))}",
        )


def _watched(owner: Owner | None) -> dict[str, int] | None:
    return {"pid": owner.pid, "start": owner.start} if owner else None
