"""Files of data, compressed or not, as something to feed to a client."""

import gzip
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, cast

from localenv.needs.files import is_compressed

UNREADABLE = (OSError, EOFError, ValueError, RecursionError, zlib.error)  # what reading a file of data may raise

_CHUNK = 1 << 16
_SPOILS = b"\xff;\n"  # no text in UTF-8: half a statement, or half a table, is refused


class Malformed(ValueError):  # noqa: N818 - says what the file is
    """Something in a file that cannot be read; `line` counts from 1."""

    def __init__(self, message: str, line: int, hint: str = "") -> None:
        super().__init__(message)
        self.line = line
        self.hint = hint


class Source(Iterable[bytes]):
    """Chunks for a program that runs meanwhile; where they cannot be read further it is made to fail.

    `failure` says why.
    """

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = chunks
        self.failure: Exception | None = None

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._chunks
        except UNREADABLE as error:
            self.failure = error
            yield _SPOILS


def opened(file: Path) -> IO[bytes]:
    """The file's bytes, decompressed."""
    return cast(IO[bytes], gzip.open(file)) if is_compressed(file) else file.open("rb")


def chunks(file: Path) -> Iterator[bytes]:
    """The file in pieces; raises OSError, and EOFError where a compressed file is cut off."""
    with opened(file) as stream:
        while chunk := stream.read(_CHUNK):
            yield chunk
