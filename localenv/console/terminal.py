"""Standard output and error without control sequences, except colours."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO, cast

from localenv.console.ink import clean, has_colours


class Cleaned:
    """A stream that removes control sequences from texts; otherwise behaves like the wrapped stream."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self._colours = has_colours(stream)

    def write(self, text: str) -> int:
        """Write the text without control sequences."""
        return self.stream.write(clean(text, colours=self._colours))

    def writelines(self, lines: Any) -> None:
        """Write several texts."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


@contextmanager
def cleaned() -> Iterator[None]:
    """Clean the output of this process inside the block."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (cast(TextIO, Cleaned(stream)) for stream in before)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def raw(stream: TextIO) -> TextIO:
    """The wrapped stream, for code that draws on a terminal with its own control sequences."""
    return stream.stream if isinstance(stream, Cleaned) else stream


def exact(stream: TextIO) -> TextIO:
    """The stream for machine-readable text, which is cleaned only on a terminal."""
    return stream if stream.isatty() else raw(stream)
