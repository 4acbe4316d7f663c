"""An override in one line."""

from typing import TYPE_CHECKING, TextIO

from localenv import redaction
from localenv.console.folding import folded

if TYPE_CHECKING:
    from localenv.environment.overrides.entries import Override


def shown(one: "Override", stream: TextIO, done: str = "", *, is_over: bool = False, indent: int = 0) -> str:
    """Its line, folded to the width of a terminal."""
    text = " " * indent + line(one, done, is_over=is_over)
    return folded(text, stream, indent=indent + len(one.id) + 2)


def line(one: "Override", done: str = "", *, is_over: bool = False) -> str:
    """Its id, upstream and effect, and whose it is and until when; or what was `done` with it."""
    times = f", {one.times} times" if one.times and done else ""
    what = done if is_over else f"{done}{one.limit}" if done else one.ending
    return redaction.redacted(f"{one.id}  {one.subject}: {one.title}{times} ({what})")
