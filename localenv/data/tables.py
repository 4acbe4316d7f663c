"""Files of rows: which columns they name, and what is in them."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from localenv.data.csv_rows import CsvRows
from localenv.data.json_rows import JsonLines, JsonRows


class Rows(Protocol):
    """A file of rows; every method raises one of `source.UNREADABLE` for one that cannot be read."""

    def columns(self) -> tuple[str, ...]:
        """The columns it names; none where there are no rows."""

    def rows(self) -> Iterator[tuple[int, list[Any]]]:
        """For each row the line on which it begins, and a value for each column: texts, or what JSON has."""


READERS: Mapping[str, Callable[[Path], Rows]] = {
    ".csv": CsvRows,
    ".json": JsonRows,
    ".ndjson": JsonLines,
    ".jsonl": JsonLines,
}
