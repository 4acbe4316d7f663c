"""The time until a command runs: it has done nothing yet, so a signal ends it at once, wherever its imports are."""

import os
import signal
from types import FrameType

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_INTERRUPTED = 130


def begin() -> None:
    """From here a signal ends the process, unless it is ignored from the start (`nohup`)."""
    for number in _ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _quit)


def end() -> None:
    """From here signals do what they do in Python, and an interrupt can be handled; nothing where `begin` was not."""
    for number in _ENDING:
        if signal.getsignal(number) is _quit:
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)


def _quit(number: int, frame: FrameType | None) -> None:
    os._exit(_INTERRUPTED)  # an exception could be swallowed, or become another one, in the middle of an import
