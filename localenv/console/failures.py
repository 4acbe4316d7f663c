"""Format failures for a person: what failed and why, the end of its log, a hint."""

from typing import TextIO

from localenv import redaction
from localenv.console.ink import Ink
from localenv.errors import DescriptionError, Interrupted, LocalenvError


def failure(error: LocalenvError, stream: TextIO) -> str:
    """The failure as lines, starting with `error:`; secrets are masked."""
    ink = Ink(stream)
    log = [ink(f"    {ink.safe(line)}", "dim") for line in error.log]
    notes = [ink.safe(note) for note in getattr(error, "__notes__", ())]
    hint = [f"{ink('hint:', 'cyan')} {ink.safe(error.hint)}"] if error.hint else []
    return redaction.redacted("\n".join([_message(error, ink), *log, *notes, *hint]))


def warning(text: str, stream: TextIO) -> str:
    """A warning in one line, formatted like an error."""
    ink = Ink(stream)
    return f"{ink('warning:', 'bold', 'yellow')} {ink(ink.safe(text), 'yellow')}"


def not_reloaded(upstream: str, refused: LocalenvError, stream: TextIO) -> str:
    """A warning that the saved stubs of an upstream were not loaded."""
    return warning(f"{upstream}: not reloaded, the old stubs stay active:\n{refused.message}", stream)


def _message(error: LocalenvError, ink: Ink) -> str:
    lines = [ink.safe(line) for line in error.message.splitlines()] or [type(error).__name__]
    if isinstance(error, Interrupted):
        return "\n".join(lines)
    label = ink("error:", "bold", "red")
    if isinstance(error, DescriptionError):  # each line starts with its position, for editors
        return "\n".join([f"{label} {error.headline}", *lines])
    return "\n".join([f"{label} {ink(lines[0], 'red')}", *lines[1:]])
