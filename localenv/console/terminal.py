"""Standard output and error without control sequences, except colours; they may outlast their readers."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO, cast

from localenv.console.ink import clean, has_colours

_CLOSED = (errno.EPIPE, errno.EIO)  # the pipe or the terminal was closed


class Cleaned:
    """A stream that removes control sequences from texts; otherwise behaves like the wrapped stream.

    Where it `lasts`, what nobody can read any more is dropped instead of raising.
    """

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.lasts = False
        self.dropped: OSError | None = None  # why nothing more is written
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
        self.dropped = error
        number = self.stream.fileno()
        unread = os.open(os.devnull, os.O_WRONLY)
        os.dup2(unread, number)
        os.close(unread)
        if self.stream is sys.__stdout__:
            why = str(error.strerror).lower()
            print(
                f"standard output: {why}; nothing more is shown there, Ctrl-C ends this command",
                file=sys.stderr,
                flush=True,
            )

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


def check_is_read() -> None:
    """Raise the error of standard output if its reader has gone, and that of standard error too."""
    dropped = [stream.dropped for stream in (sys.stdout, sys.stderr) if isinstance(stream, Cleaned)]
    if dropped and dropped[0] and all(one and one.errno in _CLOSED for one in dropped):
        raise dropped[0]


def raw(stream: TextIO) -> TextIO:
    """The wrapped stream, for code that draws on a terminal with its own control sequences."""
    return stream.stream if isinstance(stream, Cleaned) else stream


def exact(stream: TextIO) -> TextIO:
    """The stream for machine-readable text, which is cleaned only on a terminal."""
    return stream if stream.isatty() else raw(stream)
