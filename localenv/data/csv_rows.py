"""Read a `.csv` file as defined in RFC 4180: the header names the columns; nothing is guessed."""

import re
from collections.abc import Iterator
from pathlib import Path

from localenv.data import source
from localenv.data.source import Malformed
from localenv.needs import Row

_FIELD = re.compile(r'(?:"(?P<quoted>[^"]*(?:""[^"]*)*)"|(?P<bare>[^",]*))(?P<end>,|\Z)')
_REFUSED = re.compile("[\0\udc80-\udcff]")  # NUL, and placeholders for bytes that are not UTF-8
_NOT_CSV = "a quote inside a field without quotes, or text after a closing quote"
_QUOTED = 'a field with quotes in it is written "5"" pipe"'


class CsvRows:
    """The rows of a CSV file; an empty field without quotes is NULL."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def columns(self) -> tuple[str, ...]:
        """The fields of the header."""
        header = next(self._records(), (1, ""))[1]
        names = tuple((field or "").strip() for field in _fields(header, 1))
        if len(names) == 1 and any(mark in header for mark in ";\t|"):
            raise Malformed("the header is one field", 1, "a .csv file needs commas between fields")
        if "" in names:
            raise Malformed("the first line has no column names" if not any(names) else "a column has no name", 1)
        return names

    def rows(self) -> Iterator[tuple[int, Row]]:
        """Every row after the header, with its first line."""
        width = 0
        for line, record in self._records():
            row = _fields(record, line)
            if width and len(row) != width:
                raise Malformed(f"{_size(record, row)}, and the header names {width} columns", line)
            if width:
                yield line, row
            width = width or len(row)

    def _records(self) -> Iterator[tuple[int, str]]:
        """Records without line ends, with their first line; a quoted record may span lines."""
        spanning: list[str] = []
        quotes, begins, line, ends = 0, 1, 1, ""
        for text in source.lines(self._file):
            _check(text, line)
            spanning.append(text)
            quotes += text.count('"')
            ends = ends or text[-1:]
            line += text[-1:] == ends
            if quotes % 2:
                continue
            record = "".join(spanning)
            if record[-1:] not in (ends, "") and record[-1:] in "\r\n":
                raise Malformed("a line ends in CR where others end in LF, or the other way round", begins)
            yield begins, record.removesuffix("\n").removesuffix("\r")
            begins, spanning = line, []
        if spanning:
            _fields("".join((*spanning, '"')), begins)  # a stray quote gives the better reason
            raise Malformed("a quote is not closed", begins)


def _check(text: str, line: int) -> None:
    if (not text.isascii() or "\0" in text) and (found := _REFUSED.search(text)):
        is_nul = found[0] == "\0"
        raise Malformed(
            "a NUL character, which no text in a database holds" if is_nul else "the text is not UTF-8",
            line,
            "" if is_nul else "save the file as UTF-8, or as UTF-16 with a byte order mark",
        )


def _fields(record: str, line: int) -> Row:
    if '"' not in record:
        return [field or None for field in record.split(",")]
    row: Row = []
    at, end = 0, ","
    while end:
        field = _FIELD.match(record, at)
        if field is None:
            raise Malformed(_NOT_CSV, line + record.count("\n", 0, at), _QUOTED)
        at, end, quoted = field.end(), field["end"], field["quoted"]
        row.append((field["bare"] or None) if quoted is None else quoted.replace('""', '"'))
    return row


def _size(record: str, row: Row) -> str:
    if not record:
        return "the line is empty"
    return "the row has 1 field" if len(row) == 1 else f"the row has {len(row)} fields"
