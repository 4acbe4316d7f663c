"""Waiting for something to be so: no longer than it takes, and as long as a noisy machine may need."""

import time
from collections.abc import Callable
from typing import Any

_PAUSE = 0.01  # seconds between two looks


def until(holds: Callable[[], Any], what: str = "it", seconds: float = 30, more: Callable[[], str] = lambda: "") -> Any:
    """Look until it holds; what it was then. `what`, and what `more` says, is told where it does not."""
    end = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < end, f"after {seconds:g} s not yet: {what}{more()}"
        time.sleep(_PAUSE)
    return found
