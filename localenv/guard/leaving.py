"""The end of a guard: its own files go, and the folder of the environment's state where nothing else is in it."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from localenv.guard import where

_PATIENCE = 2.0  # seconds for the environment's lock, which whoever comes next may hold by now
_PAUSE = 0.005


def leave(folder: Path, socket: Path | None = None, *, lock: str | None = None) -> None:
    """Remove what a guard has there, unless another guard is there by now; `lock` is a file to hold meanwhile."""
    with suppress(OSError), _held(lock):
        if where.read(folder).get("pid") in (None, os.getpid()):
            if socket:
                socket.unlink(missing_ok=True)
            for name in (where.FILE, where.LOG):
                (folder / name).unlink(missing_ok=True)
            folder.rmdir()


@contextmanager
def _held(lock: str | None) -> Iterator[None]:
    """Hold the lock, or go on without it when it is not to be had; the kernel lets go of it."""
    if lock is None:
        yield
        return
    with Path(lock).open("a") as opened:
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            try:
                fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:
                time.sleep(_PAUSE)
        yield
