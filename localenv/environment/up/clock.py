"""The time that passes while something is waited for; tests bring a clock of their own."""

import time
from threading import Event as Flag


class Clock:
    """This machine's."""

    def now(self) -> float:
        """Seconds since some moment; never goes back."""
        return time.monotonic()

    def pause(self, seconds: float, stop: Flag) -> None:
        """Let time pass; returns early when `stop` is set."""
        stop.wait(seconds)
