"""Limit untrusted templates: endless loops, texts that grow exponentially."""

import ctypes
import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from localenv.host.background import in_background
from localenv.host.waiting import repeatedly

_LONGEST = 1.5  # seconds of CPU time of this process
_MOST = 150 << 20  # bytes of memory
_RESERVED = 100 << 20  # bytes that a new thread maps without using them
_PAUSE = 0.02  # seconds between two checks
_PAGE = 4096


class TooMuch(Exception):  # noqa: N818 - named after the problem
    """A template used too much time or memory."""


@contextmanager
def bounded() -> Iterator[None]:
    """Raise TooMuch in the block if it takes too long or too much memory; a single operation is not interrupted.

    A single operation that needs too much memory fails at once.
    """
    guard = _Watch(threading.get_ident())
    in_background(guard.run)
    try:
        with _little_memory():
            yield
        guard.end()
    except MemoryError as error:
        raise TooMuch from error
    finally:
        with suppress(TooMuch):  # it may be raised as late as here
            guard.end()


@contextmanager
def _little_memory() -> Iterator[None]:
    """Limit the memory that this process can map, where the system has such a limit (Linux)."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    used = _memory(0)
    limit = used + _MOST + _RESERVED
    is_less = before[0] == resource.RLIM_INFINITY or limit < before[0]
    if used and is_less:
        resource.setrlimit(resource.RLIMIT_AS, (limit, before[1]))
    try:
        yield
    finally:
        if used and is_less:
            resource.setrlimit(resource.RLIMIT_AS, before)


class _Watch:
    """Watches the rendering thread, and raises in it."""

    def __init__(self, watched: int) -> None:
        self.watched = watched
        self.over = threading.Event()
        self.lock = threading.Lock()
        self.memory = _memory()

    def run(self) -> None:
        spent = 0.0
        for _ in repeatedly(self.over, _PAUSE):
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


def _memory(which: int = 1) -> int:
    """The memory used by this process, or with 0 mapped by it; 0 if unknown."""
    with suppress(OSError, ValueError, IndexError):
        return int(Path("/proc/self/statm").read_text().split()[which]) * _PAGE
    return 0
