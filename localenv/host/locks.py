"""Locks that are files: the kernel lets go of one when its holder dies, and its holder may remove it."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

_FLAGS = os.O_RDWR | os.O_APPEND | os.O_CREAT


@contextmanager
def held(file: Path, take: Callable[[IO[str]], None]) -> Iterator[IO[str]]:
    """Hold the lock of a file, which is made where it is missing; `take` locks what it is given, or raises.

    Whoever waits for a file that its holder then removes has locked nothing, and tries again with the one that is
    there: so of all who go on, each has the file that stands under the name, which nobody else removes.
    """
    while True:
        with os.fdopen(os.open(file, _FLAGS, 0o600), "a+") as opened:
            take(opened)
            if _is_there(opened, file):
                yield opened
                return


def remove(file: Path, opened: IO[str]) -> None:
    """Remove the file of a lock that is held, as the last thing that is done while it is."""
    if _is_there(opened, file):
        file.unlink(missing_ok=True)


def _is_there(opened: IO[str], file: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(opened.fileno()), file.stat())
    except FileNotFoundError:
        return False
