"""What becomes of a signal: the first ends what is under way and cleans up, the second leaves that to the guard."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, NoReturn

from localenv.errors import Interrupted
from localenv.process import Terminated

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_CURSOR = "\x1b[?25h"  # shown again, where progress has hidden it
_Handler = Callable[[int, FrameType | None], Any]


class _Pressed(KeyboardInterrupt):
    """Ctrl-C, by another name.

    `python -m` ends by that signal, whatever became of it and whatever the exit code is, once a KeyboardInterrupt
    itself has come while a text was evaluated, as dataclasses are (CPython's `_Py_UnhandledKeyboardInterrupt`).
    """


@contextmanager
def heeded() -> Iterator[None]:
    """SIGTERM and SIGHUP end what is under way as Ctrl-C does; the next one leaves what is undone then to the guard.

    A signal that is ignored from the start (`nohup`) stays ignored.
    """
    is_ending = False

    def end(number: int, frame: FrameType | None) -> None:
        nonlocal is_ending
        if is_ending:
            _leave()
        is_ending = True
        _raise(number, frame)

    with _handled(end):
        yield


@contextmanager
def patient(*, is_told: bool = False) -> Iterator[None]:
    """The first signal, unless it came already, is answered with a word; the next one leaves the rest to the guard."""

    def answer(number: int, frame: FrameType | None) -> None:
        nonlocal is_told
        if is_told:
            _leave()
        is_told = True
        _say("still removing; once more leaves the rest to the guard, which goes on by itself")

    with _handled(answer):
        yield


@contextmanager
def passed_on() -> Iterator[None]:
    """While another program has the terminal: every signal counts, as often as it comes."""
    with _handled(_raise):
        yield


def _leave() -> NoReturn:
    """End at once, whatever is under way: this process is the owner, and the guard does the rest when it is gone."""
    _say(f"{_CURSOR if sys.stderr.isatty() else ''}ended at once; the guard removes the rest")
    os._exit(Interrupted.exit_code)


def _say(text: str) -> None:
    with suppress(OSError):  # nobody reads; and never through a stream that the signal may have interrupted
        os.write(2, f"{text}\n".encode())


def _raise(number: int, frame: FrameType | None) -> None:
    raise _Pressed if number == signal.SIGINT else Terminated


@contextmanager
def _handled(handler: _Handler) -> Iterator[None]:
    chosen = [number for number in _ENDING if signal.getsignal(number) is not signal.SIG_IGN]
    before = [signal.signal(number, handler) for number in chosen]
    try:
        yield
    finally:
        for number, old in zip(chosen, before, strict=True):
            signal.signal(number, old)
