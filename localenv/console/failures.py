"""Format failures for a person: what failed and why, the end of its log, a hint."""

from typing import TextIO

from localenv import redaction
from localenv.console.folding import folded
from localenv.console.ink import Ink
from localenv.errors import DescriptionError, Interrupted, LocalenvError

_HINT = "    hint:"


def failure(error: LocalenvError, stream: TextIO) -> str:
    """The failure as lines, starting with `error:`; secrets are masked."""
    ink = Ink(stream)
    log = [ink(f"    {ink.safe(line)}", "dim") for line in error.log]
    notes = [ink.safe(note) for note in getattr(error, "__notes__", ())]
    advice = _folded(ink.safe(redaction.redacted(error.hint)), stream, len("hint: "))  # before it is folded
    hint = [f"{ink('hint:', 'cyan')} {advice}"] if error.hint else []
    return redaction.redacted("\n".join([_message(error, ink, stream), *log, *notes, *hint]))


def warning(text: str, stream: TextIO) -> str:
    """A warning in one line, formatted like an error."""
    ink = Ink(stream)
    return f"{ink('warning:', 'bold', 'yellow')} {ink(_folded(ink.safe(text), stream, len('warning: ')), 'yellow')}"


def not_reloaded(upstream: str, refused: LocalenvError, stream: TextIO) -> str:
    """A warning that the saved stubs of an upstream were not loaded."""
    return warning(f"{upstream}: not reloaded, the old stubs stay active:\n{refused.message}", stream)


def _message(error: LocalenvError, ink: Ink, stream: TextIO) -> str:
    message = redaction.redacted(error.message)
    lines = [ink.safe(line) for line in message.splitlines()] or [type(error).__name__]
    if isinstance(error, Interrupted):
        return "\n".join(lines)
    label = ink("error:", "bold", "red")
    if isinstance(error, DescriptionError):  # each line starts with its position, for editors
        return "\n".join([f"{label} {error.headline}", *(_sentence(line, stream) for line in lines)])
    first = _folded(lines[0], stream, len("error: "))
    return "\n".join([f"{label} {ink(first, 'red')}", *lines[1:]])


def _sentence(line: str, stream: TextIO) -> str:
    """A line about a mistake, or its hint; a line of the file that it quotes stays as it is."""
    if line.startswith(" ") and not line.startswith(_HINT):
        return line
    return folded(line, stream, indent=len(_HINT) + 1)


def _folded(text: str, stream: TextIO, begins: int) -> str:
    first, *others = text.splitlines() or [""]
    return "\n".join([folded(first, stream, indent=begins, begins=begins), *others])
