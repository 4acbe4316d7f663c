"""The command that removes what the guard does not manage: containers, data, records."""

import os
import time

from localenv.guard import programs
from localenv.host import kernel

_PAUSES = (0.2, 0.5, 1, 2, 5, 10)  # seconds between attempts, the last one repeatedly
_LONGEST = 600  # seconds until the removal is left to the next command


class Teardown:
    """Runs the command until it succeeds."""

    def __init__(self, argv: list[str] | None, environment: dict[str, str]) -> None:
        self.argv = argv
        self.environment = environment
        self.pid = 0
        self.began: float | None = None
        self.failures = 0
        self._attempts = 0
        self._next = 0.0

    @property
    def is_due_later(self) -> bool:
        """Whether the next step depends only on time."""
        return self.began is not None

    def begin(self) -> None:
        """Mark it as required from now on."""
        self.began = time.monotonic()

    def step(self) -> bool:
        """Start it, or check its exit; returns whether it is done."""
        if self.began is None:
            return False
        if self.argv is None or self._has_succeeded():
            return True
        if not self.pid and time.monotonic() >= self._next:
            self._start(self.argv)
        return not self.pid and time.monotonic() - self.began > _LONGEST

    def _has_succeeded(self) -> bool:
        if not self.pid:
            return False
        kernel.go_on(self.pid)  # continue it if it was stopped
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        if not pid:
            return False
        self.pid = 0
        self._next = time.monotonic() + _PAUSES[min(self._attempts, len(_PAUSES)) - 1]
        self.failures += status != 0
        return status == 0

    def _start(self, argv: list[str]) -> None:
        self._attempts += 1
        self.pid = programs.start(argv, self.environment)
