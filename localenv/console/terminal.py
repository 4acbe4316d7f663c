"""Standard output and error without control sequences, except colours; they may outlast their readers."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO, cast

from localenv.console.ink import clean, has_colours


class Cleaned:
    """A stream that removes control sequences from texts; otherwise behaves like the wrapped stream.

    Where it `lasts`, what nobody can read any more is dropped instead of raising.
    """

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.lasts = False
        self._colours = has_colours(stream)

    def write(self, text: str) -> int:
        """Write the text without control sequences."""
        try:
            return self.stream.write(clean(text, colours=self._colours))
        except OSError as error:
            self._drop(error)
            return len(text)

    def flush(self) -> None:
        """Write what is buffered."""
        try:
            self.stream.flush()
        except OSError as error:
            self._drop(error)

    def writelines(self, lines: Any) -> None:
        """Write several texts."""
        for line in lines:
            self.write(line)

    def _drop(self, error: OSError) -> None:
        """Write nothing more; raises the error if the stream does not last."""
        if not self.lasts:
            raise error
        number = self.stream.fileno()
        unread = os.open(os.devnull, os.O_WRONLY)
        os.dup2(unread, number)
        os.close(unread)
        if self.stream is sys.__stdout__:
            text = (
                f"standard output: {str(error.strerror).lower()}; nothing more is shown there, Ctrl-C ends this command"
            )
            with suppress(OSError):
                os.write(2, f"{text}\n".encode())

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


@contextmanager
def lasting() -> Iterator[None]:
    """Inside the block, nothing ends because its output cannot be written: its reader has gone, or the disk is full."""
    streams = [stream for stream in (sys.stdout, sys.stderr) if isinstance(stream, Cleaned)]
    for stream in streams:
        stream.lasts = True
    try:
        yield
    finally:
        for stream in streams:
            stream.lasts = False


def raw(stream: TextIO) -> TextIO:
    """The wrapped stream, for code that draws on a terminal with its own control sequences."""
    return stream.stream if isinstance(stream, Cleaned) else stream


def exact(stream: TextIO) -> TextIO:
    """The stream for machine-readable text, which is cleaned only on a terminal."""
    return stream if stream.isatty() else raw(stream)
