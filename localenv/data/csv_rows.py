"""A `.csv` file: its header names the columns, and the rest goes on as it is."""

import csv
from collections.abc import Iterator
from pathlib import Path

from localenv.data.source import Malformed, chunks
from localenv.needs.records import records

_BOM = b"\xef\xbb\xbf"


class CsvRows:
    """The rows of a CSV file (RFC 4180, UTF-8)."""

    def __init__(self, file: Path, booleans: tuple[str, str]) -> None:
        self._file = file

    def columns(self) -> tuple[str, ...]:
        """The fields of the header."""
        header = _decoded(self._header().removeprefix(_BOM))
        names = tuple(field.strip() for row in csv.reader([header]) for field in row)
        if len(names) == 1 and any(mark in header for mark in ";\t|"):
            raise Malformed("the header is one field", 1, "a .csv file needs commas between fields")
        if not names or "" in names:
            raise Malformed("the first line has no column names" if not any(names) else "a column has no name", 1)
        return names

    def csv(self) -> Iterator[bytes]:
        """The file behind its header."""
        left = len(self._header())
        for chunk in chunks(self._file):
            if rest := chunk[left:]:
                yield rest
            left = max(0, left - len(chunk))

    def lines(self) -> Iterator[tuple[int, int]]:
        """Where each row begins, and how many lines it takes."""
        line = 1
        for number, record in enumerate(records(chunks(self._file))):
            size = record.count(b"\n")
            if number:
                yield line, size
            line += size

    def _header(self) -> bytes:
        return next(records(chunks(self._file)), b"")


def _decoded(header: bytes) -> str:
    try:
        return header.decode()
    except UnicodeDecodeError as error:
        raise Malformed("the header is not UTF-8", 1) from error
