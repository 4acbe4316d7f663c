"""Waiting for something to become true, the only place that lets time pass, and telling the person who waits."""

import time
from collections.abc import Callable, Iterator
from itertools import count
from math import inf

SILENT = 3.0  # seconds that anybody waits without being told for what

_listeners: list[Callable[[str], None]] = []


def looks(*, pause: float, within: float = inf, times: float = inf, longest_pause: float = 0) -> Iterator[bool]:
    """A moment to look at something, again and again with `pause` seconds between; true for the last.

    That is the one behind `within` seconds, or that many `times`. Pauses double up to `longest_pause`.
    """
    end = time.monotonic() + within
    for number in count(1):
        is_last = number >= times or time.monotonic() >= end
        yield is_last
        if is_last:
            return
        time.sleep(pause)
        pause = min(2 * pause, max(longest_pause, pause))


def until(is_true: Callable[[], bool], *, within: float, pause: float = 0.01) -> bool:
    """Look every `pause` seconds until something is true; whether it became so within that many seconds."""
    return any(is_true() for _ in looks(within=within, pause=pause))


def heard_by(listener: Callable[[str], None]) -> None:
    """From now on this is called with what the command waits for, and how to end that, from any thread."""
    _listeners[:] = [listener]


def announce(text: str) -> None:
    """Tell whoever listens."""
    for listener in _listeners:
        listener(text)
