"""The lock for changing an environment."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import get_ident
from typing import IO

from localenv import paths, state
from localenv.errors import LocalenvError
from localenv.host import kernel, locks, waiting
from localenv.host.locks import LockWaiting

_STANDSTILL = 20.0  # seconds; `localenv down` ends such a process earlier
_held: dict[str, IO[str]] = {}  # the locks that this process holds
_given_up: dict[str, int] = {}  # the stopped holder of a lock for which this process does not wait again
_holders: dict[str, int] = {}  # the thread that holds each


@contextmanager
def lock(name: str, waits: LockWaiting | None = None) -> Iterator[None]:
    """Hold the environment's lock; the kernel releases it when its holder dies, so it never becomes stale.

    `waits` is called repeatedly with the seconds that have passed and the holder (0 if unknown); without it, a
    message says once what the command waits for, and how to end that. Raises LocalenvError once the holder has been
    stopped for `_STANDSTILL` seconds, and the next time at once. The lock file is removed with an environment that has
    no record. A thread that holds it may take it again.
    """
    if _holders.get(name) == get_ident():
        yield
        return
    with locks.removable(paths.lock(name), _unless_stopped(name, waits or _announcing(name))) as opened:
        _held[name], _holders[name] = opened, get_ident()
        try:
            with suppress(OSError):  # a full disk: the pid is optional
                opened.truncate(0)
                opened.write(str(os.getpid()))
                opened.flush()
            yield
        finally:
            remove_lock(name)
            _holders.pop(name, None)
            _held.pop(name, None)


def without_waiting(seconds: float, holder: int) -> None:
    """For `lock`: raise BlockingIOError while another process holds it."""
    raise BlockingIOError


def held() -> tuple[str, ...]:
    """The environments whose lock this process holds."""
    return tuple(_held)


def remove_lock(name: str) -> None:
    """Remove the file of a lock that this process holds, if the environment has no record; it is still locked."""
    if not name.startswith(".") and not state.is_recorded(name):  # the machine's own locks stay
        with suppress(OSError):
            locks.remove(paths.lock(name), _held[name])


def holder_message(name: str, holder: int) -> str:
    """A message about the holder of an environment's lock, and how to end it."""
    if holder == os.getpid():
        return f"waiting until a change to {name} that is being applied is done"
    who = f"process {holder} ({kernel.title(holder) or 'localenv'})" if holder else "another process"
    is_stopped = kernel.is_stopped(holder)
    stands, first = (", which is stopped", f"kill -CONT {holder}; ") if is_stopped else ("", "")
    ended = f"; to end it: {first}kill {holder}" if holder else ""
    return f"waiting for {who}{stands}, which is changing {name}{ended}"


def _announcing(name: str) -> LockWaiting:
    is_announced = False

    def report(seconds: float, holder: int) -> None:
        nonlocal is_announced
        if seconds > waiting.SILENT and not is_announced:
            is_announced = True
            waiting.announce(holder_message(name, holder))

    return report


def _unless_stopped(name: str, waits: LockWaiting) -> LockWaiting:
    """Wait for a holder that works, but not for one that is stopped: only a person knows whether it will go on."""
    since: float | None = None

    def wait(seconds: float, holder: int) -> None:
        nonlocal since
        waits(seconds, holder)
        since = (seconds if since is None else since) if holder and kernel.is_stopped(holder) else None
        if since is not None and (seconds - since > _STANDSTILL or _given_up.get(name) == holder):
            _given_up[name] = holder
            who = f"process {holder} ({kernel.title(holder) or 'localenv'})"
            ways = f"continue it: kill -CONT {holder}; or remove the environment: localenv down {name}"
            raise LocalenvError(f"{who}, which is changing {name}, is stopped", hint=ways)

    return wait
