"""Read data files, compressed or not, in the Unicode encoding of their first bytes, as UTF-8 for a client."""

import codecs
import gzip
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import IO, cast

from localenv.needs.files import is_compressed

UNREADABLE = (OSError, EOFError, ValueError, RecursionError, zlib.error)  # exceptions while reading a data file

_CHUNK = 1 << 16
_SPOILS = b"\xff;\n"  # invalid UTF-8: makes the client refuse an incomplete statement or table
_UTF_8 = "utf-8"
_MARKS = (  # UTF-32 before UTF-16, whose mark is a prefix of it
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, _UTF_8),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class Malformed(ValueError):  # noqa: N818 - named after the problem
    """Invalid content in a file; `line` counts from 1."""

    def __init__(self, message: str, line: int, hint: str = "") -> None:
        super().__init__(message)
        self.line = line
        self.hint = hint


class DataFile(Iterable[bytes]):
    """Chunks for a running program; if reading fails, the program is made to fail.

    `failure` has the reason.
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


def chunks(file: Path) -> Iterator[bytes]:
    """The file in chunks of UTF-8, without its byte order mark; another encoding is not converted.

    Raises OSError, EOFError for a truncated compressed file, and UnicodeDecodeError for invalid UTF-16.
    """
    with _opened(file) as (stream, encoding):
        pieces = iter(lambda: stream.read(_CHUNK), b"")
        if encoding == _UTF_8:
            yield from pieces
        else:
            yield from (text.encode() for text in codecs.iterdecode(pieces, encoding))


def lines(file: Path) -> Iterator[str]:
    """The lines of the text with their ends (CR, LF or both); an invalid byte becomes a surrogate."""
    with _opened(file) as (stream, encoding):
        errors = "surrogateescape" if encoding == _UTF_8 else "strict"
        with TextIOWrapper(stream, encoding=encoding, errors=errors, newline="") as text:
            yield from text


def is_wide(file: Path) -> bool:
    """Whether it is a file in UTF-16 or 32, which clients do not read by themselves."""
    try:
        with _opened(file) as (_, encoding):
            return encoding != _UTF_8
    except UNREADABLE:
        return False


@contextmanager
def _opened(file: Path) -> Iterator[tuple[IO[bytes], str]]:
    """The file's bytes, decompressed, after the mark of their encoding."""
    with cast(IO[bytes], gzip.open(file)) if is_compressed(file) else file.open("rb") as stream:
        first = cast(bytes, stream.peek(4)[:4])  # type: ignore[attr-defined]
        mark, encoding = next((one for one in _MARKS if first.startswith(one[0])), (b"", _unmarked(first)))
        stream.read(len(mark))
        yield stream, encoding


def _unmarked(first: bytes) -> str:
    """Detect UTF-16: every data file starts with two ASCII characters."""
    match [bool(byte) for byte in first]:
        case [True, False, True, False]:
            return "utf-16-le"
        case [False, True, False, True]:
            return "utf-16-be"
    return _UTF_8
