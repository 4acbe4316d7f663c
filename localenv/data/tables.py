"""Files of rows: which columns they name, and their rows in CSV."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Protocol

from localenv.data.csv_rows import CsvRows
from localenv.data.json_rows import JsonLines, JsonRows


class Rows(Protocol):
    """A file of rows; every method raises Malformed, OSError or EOFError for one that cannot be read."""

    def columns(self) -> tuple[str, ...]:
        """The columns it names."""

    def csv(self) -> Iterator[bytes]:
        """Its rows as CSV without a header, in pieces of any size."""

    def lines(self) -> Iterator[tuple[int, int]]:
        """For each row the line in the file on which it begins, and how many lines its CSV takes."""


READERS: Mapping[str, Callable[[Path, tuple[str, str]], Rows]] = {
    ".csv": CsvRows,
    ".json": JsonRows,
    ".ndjson": JsonLines,
    ".jsonl": JsonLines,
}
