"""The end of a guard: removes its own files, and the folder of the environment's state if it is empty."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO

from localenv import paths
from localenv.guard import where
from localenv.host import locks

_PATIENCE = 2.0  # seconds for the environment's lock, which the next command may hold already


def leave(folder: Path, socket: Path | None = None, *, lock: str | None = None) -> None:
    """Remove a guard's files, unless another guard has started meanwhile; `lock` is a file to hold meanwhile."""
    with suppress(OSError), _held(folder, lock):
        if where.read(folder).get("pid") in (None, os.getpid()):
            if socket:
                socket.unlink(missing_ok=True)
            for file in (paths.guard_record(folder), paths.guard_log(folder)):
                file.unlink(missing_ok=True)
            folder.rmdir()


@contextmanager
def _held(folder: Path, lock: str | None) -> Iterator[None]:
    """Hold the lock, or continue without it if it is not available; removes its file if the folder is gone."""
    with ExitStack() as stack:
        if lock is not None:
            with suppress(OSError):
                opened = stack.enter_context(locks.removable(Path(lock), _at_most))
                stack.callback(_remove, folder, Path(lock), opened)
        yield


def _at_most(seconds: float, holder: int) -> None:
    if seconds > _PATIENCE:
        raise BlockingIOError


def _remove(folder: Path, lock: Path, opened: IO[str]) -> None:
    if not folder.exists():
        locks.remove(lock, opened)
