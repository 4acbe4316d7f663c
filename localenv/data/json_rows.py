"""Read `.json`, an array of objects, and `.ndjson` (or `.jsonl`), one a line, as rows; the first names the columns."""

import codecs
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

from localenv.data.pieces import lines
from localenv.data.source import Malformed, chunks

_LARGEST = 16 << 20  # characters of one object, which is kept in memory
_SPACE = " \t\r\n"


class JsonLines:
    """The rows of a file with an object on each line; empty lines are ignored."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def columns(self) -> tuple[str, ...]:
        """The keys of the first object; empty without objects."""
        for line, first in self._objects():
            if not first:
                raise Malformed("the first object has no keys; its keys are the columns", line)
            return tuple(first)
        return ()

    def rows(self) -> Iterator[tuple[int, list[Any]]]:
        """A row for each object, with its first line; missing keys are NULL."""
        columns = self.columns()
        known = set(columns)
        for line, item in self._objects():
            if not known.issuperset(item):
                key = next(key for key in item if key not in known)
                raise Malformed(f"the key '{key}' is not in the first object; its keys are the columns", line)
            yield line, [item.get(column) for column in columns]

    def _objects(self) -> Iterator[tuple[int, dict[str, Any]]]:
        for line, text in enumerate(lines(chunks(self._file)), start=1):
            if text.strip():
                yield line, _object(text, line)


class JsonRows(JsonLines):
    """The rows of a file with an array of objects, read one at a time."""

    def _objects(self) -> Iterator[tuple[int, dict[str, Any]]]:
        text = _Text(self._file)
        text.expect("[", "the file is not an array of objects")
        if text.peek() == "]":
            return
        while True:
            text.peek()
            line = text.line
            yield line, _checked(text.value(), line)
            if text.expect(",]", "expected a comma or the end of the array") == "]":
                break
        if text.peek():
            raise Malformed("unexpected text after the array", text.line)


class _Text:
    """The text of a file; only the unread part is kept in memory."""

    def __init__(self, file: Path) -> None:
        self._pieces = codecs.iterdecode(chunks(file), "utf-8")
        self._text = ""
        self._at = 0
        self.line = 1

    def peek(self) -> str:
        """The next character that is not a space; empty at the end."""
        while True:
            while self._at < len(self._text) and self._text[self._at] in _SPACE:
                self._take(self._at + 1)
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more(1):
                return ""

    def expect(self, characters: str, complaint: str) -> str:
        """Consume one of the characters."""
        found = self.peek()
        if not found or found not in characters:
            raise Malformed(complaint if found else "the array is not closed", self.line)
        self._take(self._at + 1)
        return found

    def value(self) -> Any:
        """Consume the value that starts here."""
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                left = len(self._text) - self._at
                if left > _LARGEST or not self._more(left):
                    raise Malformed(error.msg, self.line + self._text.count("\n", self._at, error.pos)) from error
            except ValueError as error:
                raise Malformed(str(error), self.line) from error
            else:
                self._take(end)
                return value

    def _take(self, end: int) -> None:
        self.line += self._text.count("\n", self._at, end)
        self._at = end

    def _more(self, size: int) -> bool:
        """Read at least as much again, so that an object is parsed only a few times."""
        text = [self._text[self._at :]]
        read = 0
        while read < size and (piece := next(self._pieces, "")):
            text.append(piece)
            read += len(piece)
        self._text, self._at = "".join(text), 0
        return bool(read)


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not valid JSON")


_DECODER = json.JSONDecoder(parse_float=Decimal, parse_constant=_no_constant)


def _object(text: bytes, line: int) -> dict[str, Any]:
    try:
        return _checked(_DECODER.decode(text.decode()), line)
    except json.JSONDecodeError as error:
        raise Malformed(f"{error.msg} (column {error.pos + 1})", line) from error
    except ValueError as error:
        raise Malformed(str(error), line) from error


def _checked(value: Any, line: int) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    raise Malformed("expected an object with a key for each column", line)
