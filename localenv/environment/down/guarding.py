"""The guard of an environment: started before anything of it, it removes the environment when the owner dies."""

import sys
from contextlib import suppress

from localenv import paths
from localenv.errors import EngineError
from localenv.guard import client
from localenv.guard.client import Ending
from localenv.host import kernel
from localenv.state import Owner

__all__ = ["Ending", "adopt", "await_removal", "begin", "end", "end_strays", "is_ending"]

_REMOVE = "import sys; from localenv.environment.down.removing import finish; finish(sys.argv[1])"


def begin(identity: str, owner: Owner | None, lease: float | None = None) -> None:
    """See to it that a guard runs, which ends the environment when `owner` dies, or the lease, in seconds, has ended.

    Raises EngineError where none comes up, and Ending where it does so already. The caller holds the lock.
    """
    teardown = (sys.executable, "-P", "-c", _REMOVE, identity)
    lock = paths.lock(identity)
    try:
        folder = paths.state(identity, make=False)  # a folder that this process makes would outlive its death
        client.begin(folder, identity, teardown=teardown, owner=_watched(owner), lease=lease, lock=lock)
    except Ending:
        raise
    except (client.NoGuard, client.RequestRefused, OSError) as error:
        raise EngineError(f"cannot start the guard of {identity}: {error}") from error


def await_removal(identity: str) -> None:
    """Wait for a guard that removes the environment of an owner who died; the caller holds no lock."""
    client.await_removal(paths.state(identity, make=False))


def is_ending(identity: str) -> bool:
    """Whether the guard removes it, because its owner is dead or its time is up."""
    return client.is_ending(paths.state(identity, make=False))


def adopt(identity: str, owner: Owner | None, lease: float | None = None) -> None:
    """From now on it ends with this owner, or this lease, or with neither: then it stays until somebody removes it.

    Raises Ending where the guard removes it already.
    """
    with suppress(client.NoGuard):
        client.ask(paths.state(identity, make=False), "adopt", owner=_watched(owner), lease=lease)


def end_strays(identity: str) -> None:
    """End what was started to work on it and still does: Compose, the build of an image."""
    client.end_strays(identity)


def end(identity: str) -> None:
    """Nothing is left to guard; raises EngineError naming what cannot be ended."""
    if left := client.remove(paths.state(identity, make=False)):
        each = ", ".join(f"{pid} ({kernel.title(pid) or 'unknown'})" for pid in left)
        raise EngineError(
            f"{identity} is removed, but cannot end process {each}: it belongs to another user, or hangs in the kernel",
            hint=f"sudo kill -9 {' '.join(map(str, left))}",
        )


def _watched(owner: Owner | None) -> dict[str, int] | None:
    return {"pid": owner.pid, "start": owner.start} if owner else None
