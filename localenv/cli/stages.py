"""The stages of `localenv up`: bring up, summarise, leave."""

import shlex
import sys
import time
from contextlib import suppress
from typing import TextIO

from localenv import Environment, Request, redaction, state
from localenv.cli import signals
from localenv.cli.commands import ProgramWords
from localenv.console.progress import Form, progress
from localenv.environment import lifecycle, ownership
from localenv.environment.down import removing
from localenv.environment.down.removing import Left
from localenv.errors import EngineError, Interrupted, LocalenvError


def started(request: Request, form: Form, program: ProgramWords | None = None) -> Environment:
    """Bring it up with progress in this form; a `program` that follows keeps standard output."""
    try:
        with progress(form, spare_stdout=program is not None) as listener:
            return lifecycle.up(request, listener)
    except EngineError as error:
        from localenv.environment import doctor  # examines this machine, after a failure alone

        for line in doctor.lines(error.message, request.engine or ""):
            error.add_note(line)
        raise
    except LocalenvError as error:
        if request.keep_on_failure and not isinstance(error, Interrupted):
            say("the started services are still up; `localenv down` removes them")
        raise


def detached(request: Request, form: Form) -> None:
    """Bring it up, and leave it up."""
    with signals.handled():
        found = announced(request, form)
    if form is Form.PERSON:
        say(_next(found, request))


def announced(request: Request, form: Form) -> Environment:
    """Bring it up, and print its summary."""
    began = time.monotonic()
    found = started(request, form)
    summarise(found, form, sys.stdout, began)
    return found


def _next(found: Environment, request: Request) -> str:
    """The commands that are likely to be useful next."""
    words = [] if found.record.env == "local" else [found.record.env]
    words += ["--name", request.name] if request.name else []
    commands = ("status", "logs --follow", "down")
    return "next: " + " · ".join(shlex.join(["localenv", *one.split(), *words]) for one in commands) + "\n"


def summarise(found: Environment, form: Form, stream: TextIO, began: float) -> None:
    """Print what runs, and the notes of the description."""
    if form is Form.PERSON:
        from localenv.console.summary import summary  # its imports are not needed before everything runs

        took = time.monotonic() - began
        shown = summary(found.status(counts=False), found.stack, stream, took=took, critical_path=found.critical_path)
        print(f"{shown}\n", file=stream, flush=True)
        for note in found.notes():
            print(f"{redaction.redacted(note)}\n", file=stream, flush=True)


def leave(found: Environment, form: Form, *, is_announced: bool = False) -> Left:
    """Remove the environment if this process still owns it. `is_announced`: the first signal was answered."""
    if form is Form.PERSON and ownership.is_mine(state.load(found.identity)):
        say(f"removing {found.identity} …")
    with signals.patient(is_announced=is_announced):
        left = removing.leave(found.identity, **({"listener": found.listener} if form is Form.JSON else {}))
    if form is Form.PERSON and (is_announced or left is not Left.GONE):
        say(_WORDS[left].format(found.identity))
    return left


_WORDS = {
    Left.REMOVED: "removed",
    Left.STAYS: "{0} is still up, it belongs to another process; `localenv down {0}` removes it",
    Left.KEPT: "{0} is still up, `localenv up --detach` in another terminal keeps it; `localenv down {0}` removes it",
    Left.GONE: "{0} was removed by localenv down in another terminal",
}


def say(text: str) -> None:
    """Print a message; closed output must not prevent removal."""
    with suppress(OSError):
        print(text, file=sys.stderr, flush=True)
