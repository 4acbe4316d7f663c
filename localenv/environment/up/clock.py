"""The clock used while waiting; tests use a fake one."""

import time
from threading import Event as Flag


class Clock:
    """The system clock."""

    def now(self) -> float:
        """Monotonic time in seconds."""
        return time.monotonic()

    def pause(self, seconds: float, stop: Flag) -> None:
        """Sleep; returns early when `stop` is set."""
        stop.wait(seconds)
