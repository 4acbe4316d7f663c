"""The interface of files of rows: columns and values."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from localenv.data.csv_rows import CsvRows
from localenv.data.json_rows import JsonLines, JsonRows


class Rows(Protocol):
    """A file of rows; every method raises one of `source.UNREADABLE` if it cannot be read."""

    def columns(self) -> tuple[str, ...]:
        """The columns it names; empty without rows."""

    def rows(self) -> Iterator[tuple[int, list[Any]]]:
        """Each row with its first line, and a value for each column: texts, or JSON values."""


READERS: Mapping[str, Callable[[Path], Rows]] = {
    ".csv": CsvRows,
    ".json": JsonRows,
    ".ndjson": JsonLines,
    ".jsonl": JsonLines,
}
