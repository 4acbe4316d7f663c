"""Waiting for something to become true."""

import time
from collections.abc import Callable


def until(is_true: Callable[[], bool], *, within: float, pause: float = 0.01) -> bool:
    """Look every `pause` seconds until something is true; whether it became so within that many seconds."""
    end = time.monotonic() + within
    while not is_true():
        if time.monotonic() > end:
            return False
        time.sleep(pause)
    return True
