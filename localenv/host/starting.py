"""Signals until a command runs: nothing has been done yet, so they end the process at once, even during imports."""

from __future__ import annotations

# the part of `signal` that is written in C: what that imports takes milliseconds, in which an interrupt would print a
# traceback
import _signal as signal  # type: ignore[import-not-found]
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_INTERRUPTED = 130


def begin() -> None:
    """From now on, a signal ends the process, unless it was ignored from the start (`nohup`)."""
    for number in _ENDING:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _quit)


def end() -> None:
    """Restore Python's signal handling, so that an interrupt can be handled; no effect without `begin`."""
    for number in _ENDING:
        if signal.getsignal(number) is _quit:
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)


def _quit(number: int, frame: FrameType | None) -> None:
    os._exit(_INTERRUPTED)  # an exception could be swallowed or replaced in the middle of an import
