"""Standard output and error: whatever is printed, nothing reaches the terminal that it would obey, but colours."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO, cast

from localenv.console.ink import clean, has_colours


class Cleaned:
    """A stream whose texts are cleaned on their way; in everything else the stream itself."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self._colours = has_colours(stream)

    def write(self, text: str) -> int:
        """Write the text without control sequences."""
        return self.stream.write(clean(text, colours=self._colours))

    def writelines(self, lines: Any) -> None:
        """Write texts one after the other."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


@contextmanager
def cleaned() -> Iterator[None]:
    """Whatever this process prints meanwhile is cleaned."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (cast(TextIO, Cleaned(stream)) for stream in before)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def raw(stream: TextIO) -> TextIO:
    """The stream below, for what draws on a terminal with control sequences of its own."""
    return stream.stream if isinstance(stream, Cleaned) else stream


def exact(stream: TextIO) -> TextIO:
    """The stream for a text that programs read, which is changed on a terminal only."""
    return stream if stream.isatty() else raw(stream)
