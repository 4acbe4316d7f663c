"""How a failure is told: the culprit and the reason, the end of its log, what to try."""

from typing import TextIO

from localenv import redaction
from localenv.console.ink import Ink
from localenv.errors import DescriptionError, Interrupted, LocalenvError


def failure(error: LocalenvError, stream: TextIO) -> str:
    """The whole of it, in lines, without what is secret."""
    ink = Ink(stream)
    log = [ink(f"    {ink.safe(line)}", "dim") for line in error.log]
    notes = [ink.safe(note) for note in getattr(error, "__notes__", ())]
    hint = [f"{ink('hint:', 'cyan')} {ink.safe(error.hint)}"] if error.hint else []
    return redaction.redacted("\n".join([_message(error, ink), *log, *notes, *hint]))


def _message(error: LocalenvError, ink: Ink) -> str:
    lines = [ink.safe(line) for line in error.message.splitlines()] or [type(error).__name__]
    if isinstance(error, DescriptionError | Interrupted):  # many mistakes, or none
        return "\n".join(lines)
    return "\n".join([ink(lines[0], "red"), *lines[1:]])
