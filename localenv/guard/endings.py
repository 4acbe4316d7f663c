"""Run a command when a time has come, or a process has exited: an override of limited time ends without a command."""

import os
import signal
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from selectors import BaseSelector
from typing import Any

from localenv.guard import programs
from localenv.guard.owner import WatchedOwner
from localenv.host import kernel

_LEAD = 1.0  # seconds before the time: the command takes a while to start, and waits for the moment itself
_AGAIN = 2.0  # seconds until it is run again after a failure
_ATTEMPTS = 5


class Endings:
    """Times (seconds since boot) and processes, and one command that runs for each of them."""

    def __init__(self, selector: BaseSelector, environment: Mapping[str, str]) -> None:
        self.selector = selector
        self.environment = environment
        self.argv: Sequence[str] = ()
        self.at: set[float] = set()
        self.owners: dict[tuple[int, int], WatchedOwner] = {}
        self.pid = 0
        self._failures = 0

    @property
    def is_polled(self) -> bool:
        """Whether the kernel does not report the exit of one of the processes."""
        return any(one.is_polled for one in self.owners.values())

    def watch(self, argv: Sequence[str], at: Iterable[float], owners: Iterable[Mapping[str, Any]]) -> None:
        """Run the command at these times too, and when one of these processes, `{pid, start}`, has exited."""
        words, times = [*map(str, argv)], {*map(float, at)}
        self.argv = words
        self.at |= times
        for owner in owners:
            key = (owner["pid"], owner["start"])
            if key not in self.owners:
                self.owners[key] = watched = WatchedOwner(self.selector, self._dead(key))
                watched.watch(dict(owner))
                self._look(key)

    def left(self) -> float | None:
        """Seconds until the next start; None if no time is known."""
        return max(min(self.at) - _LEAD - kernel.since_boot(), 0.0) if self.at and not self.pid else None

    def step(self) -> None:
        """Start the command if it is due; record its exit."""
        for key, owner in list(self.owners.items()):
            owner.poll()
            self._look(key)
        if self.pid:
            self._reap()
        now = kernel.since_boot()
        if not self.pid and self.argv and any(one - _LEAD <= now for one in self.at):
            self.at = {one for one in self.at if one - _LEAD > now}
            self.pid = programs.start(self.argv, self.environment)

    def stop(self) -> None:
        """End the command, and run it no more."""
        self.at.clear()
        if self.pid:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    def _reap(self) -> None:
        kernel.go_on(self.pid)  # continue it if it was stopped
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        if not pid:
            return
        self.pid = 0
        self._failures = self._failures + 1 if status else 0
        if status and self._failures < _ATTEMPTS:
            self.at.add(kernel.since_boot() + _AGAIN + _LEAD)

    def _dead(self, key: tuple[int, int]) -> Callable[[object], None]:
        def ended(_: object) -> None:
            self.owners.pop(key, None)
            self.at.add(kernel.since_boot())

        return ended

    def _look(self, key: tuple[int, int]) -> None:
        """A process that had exited before it could be watched."""
        owner = self.owners.get(key)
        if owner is not None and owner.is_polled and kernel.started(key[0]) != key[1]:
            owner.watch(None)
            self._dead(key)(None)
