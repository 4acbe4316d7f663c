"""Waiting for something to become true, and telling the person who waits for what."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Timer

SILENT = 3.0  # seconds that anybody waits without being told for what

_listeners: list[Callable[[str], None]] = []


def until(is_true: Callable[[], bool], *, within: float, pause: float = 0.01) -> bool:
    """Look every `pause` seconds until something is true; whether it became so within that many seconds."""
    end = time.monotonic() + within
    while not is_true():
        if time.monotonic() > end:
            return False
        time.sleep(pause)
    return True


def heard_by(listener: Callable[[str], None]) -> None:
    """From now on this is called with what the command waits for, and how to end that, from any thread."""
    _listeners[:] = [listener]


def announce(text: str) -> None:
    """Tell whoever listens."""
    for listener in _listeners:
        listener(text)


@contextmanager
def announced(text: str, after: float = SILENT) -> Iterator[None]:
    """Tell what the block waits for, once it has taken so many seconds."""
    timer = Timer(after, announce, [text])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
