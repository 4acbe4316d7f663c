"""What becomes of a signal: an end that cleans up, and no second one by impatience."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from localenv.process import Terminated

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_Handler = Callable[[int, FrameType | None], Any]


@contextmanager
def heeded(left: str = "localenv down") -> Iterator[None]:
    """SIGTERM and SIGHUP end what is under way as Ctrl-C does, and what is undone then is `patient`.

    A signal that is ignored from the start (`nohup`) stays ignored.
    """
    answer = _patience(left)
    is_ending = False

    def end(number: int, frame: FrameType | None) -> None:
        nonlocal is_ending
        if is_ending:
            answer(number, frame)
            return
        is_ending = True
        _raise(number, frame)

    with _handled(end):
        yield


@contextmanager
def patient(left: str) -> Iterator[None]:
    """The first signal meanwhile is answered with a word, the next one ends it; `left` is the command for the rest."""
    with _handled(_patience(left)):
        yield


@contextmanager
def passed_on() -> Iterator[None]:
    """While another program has the terminal: every signal counts, as often as it comes."""
    with _handled(_raise):
        yield


def _patience(left: str) -> _Handler:
    told = False

    def answer(number: int, frame: FrameType | None) -> None:
        nonlocal told
        if told:
            raise KeyboardInterrupt
        told = True
        print(f"still removing; once more leaves it half done, and `{left}` removes the rest", file=sys.stderr)

    return answer


def _raise(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt if number == signal.SIGINT else Terminated


@contextmanager
def _handled(handler: _Handler) -> Iterator[None]:
    chosen = [number for number in _ENDING if signal.getsignal(number) is not signal.SIG_IGN]
    before = [signal.signal(number, handler) for number in chosen]
    try:
        yield
    finally:
        for number, old in zip(chosen, before, strict=True):
            signal.signal(number, old)
