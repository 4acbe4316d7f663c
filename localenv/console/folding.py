"""Fold sentences to the width of a terminal: at spaces, and never inside a word, a path or a command."""

import re
import textwrap
from typing import TextIO

from localenv.console.columns import width

_COMMAND = re.compile(r"`[^`]+`|(?<=: )(?:localenv|docker|pip|npm|sudo|brew|apt) [^;,()]+")
_NARROWEST = 40  # columns
_SPACE = "\0"  # one that stays


def folded(text: str, stream: TextIO, *, indent: int, begins: int = 0) -> str:
    """One line, folded if it is wider than the terminal, with `indent` columns before the further lines.

    `begins`: the column at which it begins. Elsewhere it stays one line.
    """
    room = width(stream)
    if begins + len(text) <= room:
        return text
    kept = _COMMAND.sub(lambda found: found[0].rstrip().replace(" ", _SPACE) + " " * found[0].endswith(" "), text)
    lines = textwrap.wrap(
        kept,
        max(room, _NARROWEST),
        initial_indent=" " * begins,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
        replace_whitespace=False,
    )
    return "\n".join(lines)[begins:].replace(_SPACE, " ")
