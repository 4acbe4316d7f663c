"""Wait for a condition, and tell the user about it: the only module that sleeps."""

import time
from collections.abc import Callable, Iterator
from itertools import count
from math import inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from threading import Event

_SLOWER = 1.05  # how much longer each of `Pauses` is than the one before
SILENT = 3.0  # seconds to wait without telling the user

_listeners: list[Callable[[str], None]] = []


def looks(*, pause: float, within: float = inf, times: float = inf, longest_pause: float = 0) -> Iterator[bool]:
    """Yield repeatedly, with `pause` seconds in between, to check something; yields true for the last time.

    That is after `within` seconds, or `times` times. Pauses double up to `longest_pause`.
    """
    end = time.monotonic() + within
    for number in count(1):
        is_last = number >= times or time.monotonic() >= end
        yield is_last
        if is_last:
            return
        time.sleep(pause)
        pause = min(2 * pause, max(longest_pause, pause))


class Pauses:
    """Looks with pauses of `shortest` seconds after something has happened, and longer ones up to `longest` later."""

    def __init__(self, *, shortest: float, longest: float) -> None:
        self._shortest, self._longest, self._pause = shortest, longest, shortest

    def looks(self) -> Iterator[None]:
        """Yield for each look, without end."""
        while True:
            yield
            time.sleep(self._pause)
            self._pause = min(self._pause * _SLOWER, self._longest)

    def happened(self) -> None:
        """The next pause is short."""
        self._pause = self._shortest


def repeatedly(over: "Event", pause: float) -> Iterator[None]:
    """Yield every `pause` seconds until `over` is set."""
    while not over.wait(pause):
        yield


def pause(seconds: float) -> None:
    """Let time pass for something that shows no sign of its end."""
    time.sleep(seconds)


def until(is_true: Callable[[], bool], *, within: float, pause: float = 0.01) -> bool:
    """Check every `pause` seconds until a condition is true; returns whether it became true within `within` seconds."""
    return any(is_true() for _ in looks(within=within, pause=pause))


def listen(listener: Callable[[str], None]) -> None:
    """Register a listener for messages about waiting, called from any thread."""
    _listeners[:] = [listener]


def announce(text: str) -> None:
    """Send a message to the listener."""
    for listener in _listeners:
        listener(text)
