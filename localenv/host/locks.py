"""File locks: the kernel releases a lock when its holder dies, so none becomes stale."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from localenv.host.waiting import looks

_FLAGS = os.O_RDWR | os.O_APPEND | os.O_CREAT
_PAUSE = 0.01  # seconds between two attempts

LockWaiting = Callable[[float, int], None]  # called with the seconds waited so far, and the holder's pid (0: unknown)


@contextmanager
def exclusive(file: Path) -> Iterator[None]:
    """Hold the lock of a file, which is created if missing and stays afterwards; waits without a limit."""
    with file.open("a") as opened:
        take(opened)
        yield


@contextmanager
def removable(file: Path, waiting: LockWaiting | None = None) -> Iterator[IO[str]]:
    """Hold the lock of a file that its holder may remove; `waiting` is called repeatedly, and may raise.

    If the holder has removed the file meanwhile, the lock is worthless, and the new file of that name is tried. So the
    holder always has the file that exists under that name, and only the holder may remove it.
    """
    while True:
        with os.fdopen(os.open(file, _FLAGS, 0o600), "a+") as opened:
            take(opened, waiting)
            if _is_there(opened, file):
                yield opened
                return


def take(opened: IO[str], waiting: LockWaiting | None = None) -> None:
    """Lock an open file; while another process holds it, `waiting` is called with the pid in the file."""
    if waiting is None:
        fcntl.flock(opened, fcntl.LOCK_EX)
        return
    began = time.monotonic()
    for _ in looks(pause=_PAUSE):
        if try_take(opened):
            return
        opened.seek(0)
        holder = opened.read(20)
        waiting(time.monotonic() - began, int(holder) if holder.isdigit() else 0)


def try_take(opened: IO[str]) -> bool:
    """Lock an open file unless another process holds its lock; returns whether it is locked now."""
    return _is_locked(opened.fileno())


def is_held(file: Path) -> bool:
    """Whether a process holds the lock of a file, which is created if missing."""
    with file.open("a") as opened:
        return not try_take(opened)


@contextmanager
def shared(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder together with other readers: `tried` does not get it meanwhile."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(opened, fcntl.LOCK_SH)
        yield
    finally:
        os.close(opened)


@contextmanager
def tried(folder: Path) -> Iterator[bool]:
    """Hold the lock of a folder, if it exists and no other process holds it; yields whether it is held."""
    try:
        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        yield False
        return
    try:
        yield _is_locked(opened) and _is_same(opened, folder)
    finally:
        os.close(opened)


def remove(file: Path, opened: IO[str]) -> None:
    """Remove the file of a held lock, as the last step before its release."""
    if _is_there(opened, file):
        file.unlink(missing_ok=True)


def _is_locked(opened: int) -> bool:
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_there(opened: IO[str], file: Path) -> bool:
    return _is_same(opened.fileno(), file)


def _is_same(opened: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(opened), path.stat())
    except FileNotFoundError:
        return False
