"""The collection of garbage, which looks through everything again and again while much is read."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

_lock = Lock()
_pausing: list[object] = []


@contextmanager
def paused() -> Iterator[None]:
    """A block without it, unless it is off anyway; of several blocks the last one to end switches it on again."""
    block = object()
    with _lock:
        begins = not _pausing and gc.isenabled()
        if begins or _pausing:
            _pausing.append(block)
        if begins:
            gc.disable()
    try:
        yield
    finally:
        with _lock:
            if block in _pausing:
                _pausing.remove(block)
                if not _pausing:
                    gc.enable()
