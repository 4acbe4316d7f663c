"""Wait for a condition: no longer than necessary, and as long as a busy machine may need."""

import time
from collections.abc import Callable
from typing import Any

_PAUSE = 0.01  # seconds between two checks that take less


def until(holds: Callable[[], Any], what: str = "it", seconds: float = 60, more: Callable[[], str] = lambda: "") -> Any:
    """Poll until it holds, and return its value. `what`, and the result of `more`, describe a failure.

    A check that takes long, such as a command, is followed by a pause of that length: what is waited for needs the
    processor too.
    """
    end = time.monotonic() + seconds
    began = time.monotonic()
    while not (found := holds()):
        assert time.monotonic() < end, f"after {seconds:g} s not yet: {what}{more()}"
        time.sleep(max(_PAUSE, time.monotonic() - began))
        began = time.monotonic()
    return found
