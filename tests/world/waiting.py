"""Wait for a condition: no longer than necessary, and as long as a busy machine may need."""

import time
from collections.abc import Callable
from typing import Any

_PAUSE = 0.01  # seconds between two checks


def until(holds: Callable[[], Any], what: str = "it", seconds: float = 60, more: Callable[[], str] = lambda: "") -> Any:
    """Poll until it holds, and return its value. `what`, and the result of `more`, describe a failure."""
    end = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < end, f"after {seconds:g} s not yet: {what}{more()}"
        time.sleep(_PAUSE)
    return found
