"""Colours on terminals, and output of other programs without control sequences."""

import os
import re
from typing import TextIO

_CODES = {
    "bold": "1",
    "dim": "2",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "blue": "34",
    "magenta": "35",
    "cyan": "36",
    "bright_green": "92",
    "bright_yellow": "93",
    "bright_blue": "94",
    "bright_magenta": "95",
    "bright_cyan": "96",
}
_COLOUR = r"\x1b\[[0-9;:]*m"
_ORDERS = re.compile(
    rf"(?P<colour>{_COLOUR})"
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?"  # titles, links
    r"|\x1b[\[PX^_][0-?]*[ -/]*[@-~]?|\x1b.?"
    r"|[\x00-\x08\x0b-\x1f\x7f-\x9f]"
    "|[\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]"  # these change the reading direction
)


class Ink:
    """Styles for one stream; plain text when it is not a terminal, or NO_COLOR is set."""

    def __init__(self, stream: TextIO) -> None:
        self.is_coloured = has_colours(stream)

    def __call__(self, text: str, *styles: str) -> str:
        """The text in styles such as `bold` and `red`."""
        if not self.is_coloured or not styles or not text:
            return text
        return f"\x1b[{';'.join(_CODES[style] for style in styles)}m{text}\x1b[0m"

    def safe(self, text: str) -> str:
        """The output of another program without control sequences; colours stay on a terminal."""
        cleaned = clean(text, colours=self.is_coloured)
        return f"{cleaned}\x1b[0m" if "\x1b" in cleaned else cleaned


def clean(text: str, *, colours: bool = False) -> str:
    """A text without control sequences and characters that change its direction; colours are optional."""
    return _ORDERS.sub(lambda found: (found["colour"] or "") if colours else "", text)


def has_colours(stream: TextIO) -> bool:
    """Whether a stream shows colours: https://no-color.org, and a capable terminal."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"
