"""Single keys from a terminal, which is restored however the block ends."""

import atexit
import os
import select
import signal
import sys
import termios
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

_LOOK = 0.2  # seconds between two checks whether to stop
_restores: list[Any] = []  # the settings of the terminal before, while keys are read


def is_possible() -> bool:
    """Whether input and messages are on a terminal that belongs to this process."""
    with suppress(OSError, ValueError, AttributeError):
        number = sys.stdin.fileno()
        return sys.stdin.isatty() and sys.stderr.isatty() and os.tcgetpgrp(number) == os.getpgrp()
    return False


@contextmanager
def single_keys() -> Iterator[None]:
    """Deliver each key at once, without showing it, until the block exits; Ctrl-C and Ctrl-Z work as before.

    To be entered in the main thread.
    """
    number = sys.stdin.fileno()
    before = termios.tcgetattr(number)
    _restores.append((number, before))

    def again(_: int, frame: FrameType | None) -> None:
        """After Ctrl-Z and `fg`."""
        with suppress(termios.error, OSError):
            tty.setcbreak(number)

    tty.setcbreak(number)
    old = signal.signal(signal.SIGCONT, again)
    try:
        yield
    finally:
        signal.signal(signal.SIGCONT, old)
        restore()


def restore() -> None:
    """Restore the terminal, if keys are being read; called again when this process exits at once."""
    while _restores:
        number, before = _restores.pop()
        with suppress(termios.error, OSError):
            termios.tcsetattr(number, termios.TCSADRAIN, before)


def keys(over: threading.Event) -> Iterator[str]:
    """Yield keys until `over` is set or the terminal is closed; nothing while this process is in the background."""
    number = sys.stdin.fileno()
    while not over.is_set():
        ready, _, _ = select.select([number], [], [], _LOOK)
        if not ready or not _is_in_front(number):
            continue
        try:
            typed = os.read(number, 64)
        except OSError:
            return
        if not typed:
            return
        yield from typed.decode(errors="ignore")


def _is_in_front(number: int) -> bool:
    with suppress(OSError):
        return os.tcgetpgrp(number) == os.getpgrp()
    return False


atexit.register(restore)
