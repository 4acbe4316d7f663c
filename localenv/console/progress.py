"""Progress of an environment: live on a terminal, as lines elsewhere, as JSON for programs."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from itertools import count
from threading import Lock
from typing import Any

from localenv.console.ink import Ink
from localenv.console.words import sentence
from localenv.events import Event, Listener, Phase, Progress

_ANSWERED = (Phase.READY, Progress.WAITING)  # the last answer of a probe, shown only in the live row
_DECIDED = (Phase.PLAN, Progress.DONE)  # the choice of the engine stays on the screen


class Form(StrEnum):
    """The form of the output."""

    PERSON = "person"
    JSON = "json"
    SILENT = "silent"


@contextmanager
def progress(form: Form, *, spare_stdout: bool = False) -> Iterator[Listener]:
    """A listener that prints events as they are emitted: JSON on standard output, everything else on standard error.

    `spare_stdout` keeps standard output free for another program.
    """
    match form:
        case Form.JSON:
            yield json_lines(spare_stdout=spare_stdout)
        case Form.SILENT:
            yield lambda event: None
        case Form.PERSON if sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
            with _live() as listener:
                yield _of_parts(listener)
        case Form.PERSON:
            yield _of_parts(plain)


def json_lines(*, spare_stdout: bool = False) -> Listener:
    """One JSON object per line, numbered in one sequence from start to removal."""
    stream = sys.stderr if spare_stdout else sys.stdout
    numbers, lock = count(1), Lock()

    def show(event: Event) -> None:
        with lock:
            print(json.dumps({**event.document(), "seq": next(numbers)}), file=stream, flush=True)

    return show


def _of_parts(listener: Listener) -> Listener:
    """A listener without the final event, which the summary or the error repeats."""

    def show(event: Event) -> None:
        if event.subject or event.phase is not Phase.READY:
            listener(event)

    return show


def plain(event: Event) -> None:
    """Print one line on standard error; output of builds and jobs is left out, because an error shows its end."""
    if event.phase is not Phase.LOG and (event.phase, event.state) != _ANSWERED:
        ink = Ink(sys.stderr)
        line = ink.safe(sentence(event))
        print(ink(line, "red") if event.state is Progress.FAILED else line, file=sys.stderr, flush=True)


@contextmanager
def _live() -> Iterator[Listener]:
    """Start the live view with the first step that takes time; lasting lines are printed above it."""
    screen: Any = None

    def show(event: Event) -> None:
        nonlocal screen
        if screen is None and (event.state is Progress.UNCHANGED or (event.phase, event.state) == _DECIDED):
            print(sentence(event), file=sys.stderr, flush=True)
            return
        if screen is None:
            from localenv.console.live import Screen  # imports Rich, which only a terminal needs

            screen = Screen()
        screen.show(event)

    try:
        yield show
    except BaseException:
        if screen:
            screen.close(keep=True)
        raise
    if screen:
        screen.close(keep=False)
