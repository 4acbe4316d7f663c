"""End the programs that a dead owner ran against its environment, as the CMD of `localenv up -- CMD`, and theirs."""

import os
import signal
import time
from collections.abc import Mapping
from contextlib import suppress

from localenv.guard import where
from localenv.host import kernel

_PATIENCE = 1.0  # seconds from SIGTERM to SIGKILL


class Dependents:
    """The programs of one dead owner, found by their environment (Linux); they are asked first, then killed."""

    def __init__(self) -> None:
        self._mark = ""
        self._deadline = 0.0

    @property
    def is_ending(self) -> bool:
        """Whether some may still run, which the kernel does not report."""
        return bool(self._mark)

    def end(self, owner: Mapping[str, int]) -> None:
        """Ask the programs of this owner, `{pid, start}`, to end."""
        self._mark = where.owned_by(owner["pid"], owner["start"])
        self._deadline = time.monotonic() + _PATIENCE
        self._send(signal.SIGTERM)

    def step(self) -> None:
        """Kill what is left when its time is over."""
        if self._mark and time.monotonic() >= self._deadline:
            self.kill()

    def kill(self) -> None:
        """Kill what is left now."""
        if self._mark:
            self._send(signal.SIGKILL)
            self._mark = ""

    def _send(self, number: int) -> None:
        for pid in kernel.marked(self._mark):
            with suppress(OSError):
                os.kill(pid, number)
