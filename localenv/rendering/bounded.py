"""An end for whatever a template of somebody else's does: loops without end, texts that double."""

import ctypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from localenv.host.background import in_background

_LONGEST = 1.5  # seconds of this process's work
_MOST = 150 << 20  # bytes of memory
_PAUSE = 0.02  # seconds between two looks
_PAGE = 4096


class TooMuch(Exception):  # noqa: N818 - says what is the matter
    """A template took more time or memory than any needs."""


@contextmanager
def bounded() -> Iterator[None]:
    """Raise TooMuch in the block where it works for too long, or takes too much memory; single steps are whole."""
    guard = _Watch(threading.get_ident())
    in_background(guard.run)
    try:
        yield
        guard.end()
    finally:
        with suppress(TooMuch):  # it may come as late as this
            guard.end()


class _Watch:
    """Looks at the thread that renders, and raises in it."""

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
        """From here nothing is raised."""
        with self.lock:
            self.over.set()


def _memory() -> int:
    """What this process has of the machine's memory; 0 where that cannot be known."""
    with suppress(OSError, ValueError, IndexError):
        return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE
    return 0
