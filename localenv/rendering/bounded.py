"""Limit untrusted templates: endless loops, texts that grow exponentially."""

import ctypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from localenv.host.background import in_background

_LONGEST = 1.5  # seconds of CPU time of this process
_MOST = 150 << 20  # bytes of memory
_PAUSE = 0.02  # seconds between two checks
_PAGE = 4096


class TooMuch(Exception):  # noqa: N818 - named after the problem
    """A template used too much time or memory."""


@contextmanager
def bounded() -> Iterator[None]:
    """Raise TooMuch in the block if it takes too long or too much memory; a single operation is not interrupted."""
    guard = _Watch(threading.get_ident())
    in_background(guard.run)
    try:
        yield
        guard.end()
    finally:
        with suppress(TooMuch):  # it may be raised as late as here
            guard.end()


class _Watch:
    """Watches the rendering thread, and raises in it."""

    def __init__(self, watched: int) -> None:
        self.watched = watched
        self.over = threading.Event()
        self.lock = threading.Lock()
        self.memory = _memory()

    def run(self) -> None:
        spent = 0.0
        while not self.over.wait(_PAUSE):
            spent += _PAUSE
            if spent > _LONGEST or _memory() - self.memory > _MOST:
                with self.lock:
                    if not self.over.is_set():
                        raised = ctypes.py_object(TooMuch)
                        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self.watched), raised)
                return

    def end(self) -> None:
        """Stop: nothing is raised afterwards."""
        with self.lock:
            self.over.set()


def _memory() -> int:
    """The memory used by this process; 0 if unknown."""
    with suppress(OSError, ValueError, IndexError):
        return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE
    return 0
