"""Signals: the first stops the command and cleans up, the second leaves the cleanup to the guard."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, NoReturn

from localenv.console import keyboard
from localenv.errors import Interrupted
from localenv.host.background import later
from localenv.process import Terminated

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_CURSOR = "\x1b[?25h"  # shows the cursor, which the progress hides
_AGAIN = 0.05  # seconds
_come = False
_Handler = Callable[[int, FrameType | None], Any]


class _Pressed(KeyboardInterrupt):
    """Ctrl-C as a subclass of KeyboardInterrupt.

    If a KeyboardInterrupt itself is raised while a string is evaluated, as in dataclasses, `python -m` ends by that
    signal, whatever the exit code is (CPython's `_Py_UnhandledKeyboardInterrupt`).
    """


@contextmanager
def handled() -> Iterator[None]:
    """SIGTERM and SIGHUP stop the command as Ctrl-C does; the next signal leaves the cleanup to the guard.

    A signal that is ignored from the start (`nohup`) stays ignored.
    """
    is_ending = False

    def end(number: int, frame: FrameType | None) -> None:
        nonlocal is_ending
        if is_ending:
            _leave()
        is_ending = True
        _raise(number, frame)

    def forget() -> None:
        nonlocal is_ending
        is_ending = False

    with _repeated(forget), _handled(end):
        yield


@contextmanager
def patient(*, is_announced: bool = False) -> Iterator[None]:
    """The first signal prints a message, the next one leaves the cleanup to the guard."""

    def answer(number: int, frame: FrameType | None) -> None:
        nonlocal is_announced
        if is_announced:
            _leave()
        is_announced = True
        _say("still removing; press Ctrl-C again to quit, cleanup continues in the background")

    with _handled(answer):
        yield


@contextmanager
def passed_on() -> Iterator[None]:
    """Raise on every signal, while another program uses the terminal."""
    with _repeated(lambda: None), _handled(_raise):
        yield


def _leave() -> NoReturn:
    """Exit at once: this process is the owner, and the guard cleans up after it."""
    keyboard.restore()
    _say(f"{_CURSOR if sys.stderr.isatty() else ''}quit; cleanup continues in the background")
    with suppress(Exception):  # the signal may have interrupted an import
        from localenv.environment.down import removing

        removing.abandon()
    os._exit(Interrupted.exit_code)


def _say(text: str) -> None:
    with suppress(OSError):  # closed output; not through a stream that the signal may have interrupted
        os.write(2, f"{text}\n".encode())


def has_come() -> bool:
    """Whether a signal to end was received: it may have caused a later failure, such as an interrupted import."""
    return _come


def _raise(number: int, frame: FrameType | None) -> None:
    global _come
    _come = True
    raise _Pressed if number == signal.SIGINT else Terminated


@contextmanager
def _repeated(forget: Callable[[], None]) -> Iterator[None]:
    """Send a signal again whose exception Python ignores: it came in a callback, as the import system has them.

    `forget` is called before.
    """
    before = sys.unraisablehook

    def hook(ignored: "sys.UnraisableHookArgs") -> None:
        if not isinstance(ignored.exc_value, _Pressed | Terminated):
            before(ignored)
            return
        forget()
        number = signal.SIGINT if isinstance(ignored.exc_value, _Pressed) else signal.SIGTERM
        later(_AGAIN, lambda: os.kill(os.getpid(), number))  # at once it would be ignored too

    sys.unraisablehook = hook
    try:
        yield
    finally:
        sys.unraisablehook = before


@contextmanager
def _handled(handler: _Handler) -> Iterator[None]:
    chosen = [number for number in _ENDING if signal.getsignal(number) is not signal.SIG_IGN]
    before = [signal.signal(number, handler) for number in chosen]
    try:
        yield
    finally:
        for number, old in zip(chosen, before, strict=True):
            signal.signal(number, old)
