"""JSON files as WireMock reads them, with the position of every key and item."""

import json
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from localenv.errors import json_mistakes
from localenv.errors.json_mistakes import JsonMistake
from localenv.errors.problems import KeyPath, Position, Problem
from localenv.stubs import jackson
from localenv.stubs.sources.unchanged import Unchanged

LARGEST = 8 << 20  # bytes of the largest mapping file
_MOST = 800_000  # texts, objects and lists in it
_LARGEST_LENIENT = 2 << 20  # characters of one with comments or single quotes, which takes ten times as long
_MOST_KEPT = 16 << 20  # characters of the files in memory
_APART = "put large bodies into __files/, and name them by bodyFileName; or write several files"


_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


class Unreadable(Exception):  # noqa: N818 - named after the problem
    """A file without valid JSON; `problem` has position and reason."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


@dataclass(frozen=True, kw_only=True)
class StubDocument:
    """A JSON file: its value, and the position of every key and item."""

    file: Path
    value: Any
    text: str = field(repr=False)
    plain: str = field(repr=False)  # the same document in strict JSON
    back: Callable[[int], int] = field(repr=False)  # maps an offset in `plain` to an offset in the text
    has_repeated: bool = False  # an object has a duplicate key

    def at(self, where: KeyPath) -> Position:
        """The position of a key or item, or of its nearest parent with a position."""
        while where and self._found(where) is None:
            where = where[:-1]
        offset = self._found(where) or 0
        line = bisect_right(self._lines, offset)
        return Position(self.file, line, offset - self._lines[line - 1] + 1)

    @property
    def repeated(self) -> tuple[KeyPath, ...]:
        """Duplicate keys, at their last position."""
        return self._repeated if self.has_repeated else ()

    @property
    def offsets(self) -> Mapping[KeyPath, int]:
        """The offset of every key and item."""
        self._found(())
        return self._offsets

    @cached_property
    def _repeated(self) -> tuple[KeyPath, ...]:
        seen: set[KeyPath] = set()
        repeated = []
        for where, offset in _places(self.plain):
            if where in seen and isinstance(where[-1], str):
                repeated.append(where)
            seen.add(where)
            self._offsets[where] = self.back(offset)
        return tuple(repeated)

    def _found(self, where: KeyPath) -> int | None:
        """The offset of a key or item; parses only as far as needed, because most files contain few mistakes."""
        if not self.repeated:
            for place, offset in self._rest if where not in self._offsets else ():
                self._offsets[place] = self.back(offset)
                if place == where:
                    break
        return self._offsets.get(where)

    @cached_property
    def _rest(self) -> Iterator[tuple[KeyPath, int]]:
        return _places(self.plain)

    @cached_property
    def _offsets(self) -> dict[KeyPath, int]:
        return {}

    @cached_property
    def _lines(self) -> list[int]:
        """The offset of each line."""
        return [0, *(found.end() for found in re.finditer("\n", self.text))]


def read(file: Path) -> StubDocument:
    """Read the document in a file, once while it is unchanged; raises Unreadable."""
    return StubDocument(file=file, **_READ.of(file)._asdict())


class _Parsed(NamedTuple):
    """What is read from a file; a document computes positions from it."""

    value: Any
    has_repeated: bool
    text: str
    plain: str
    back: Callable[[int], int]


def _read(file: Path) -> _Parsed:
    text = _text(file)
    try:
        return _parsed(file, text)
    except RecursionError as error:
        raise Unreadable(Problem("is nested too deeply", Position(file))) from error
    except ValueError as error:
        raise Unreadable(Problem(f"is not valid JSON: {error}", Position(file))) from error


def _length(parsed: _Parsed) -> int:
    return len(parsed.text)


_READ = Unchanged(_read, _length, _MOST_KEPT)


def _parsed(file: Path, text: str) -> _Parsed:
    try:
        return _Parsed(*_loaded(text), text, text, int)
    except json.JSONDecodeError as error:
        if len(text) > _LARGEST_LENIENT:
            mistake = json_mistakes.found(text, error.msg, error.pos)
            raise Unreadable(_mistake(file, text, mistake, mistake.offset)) from error
        plain, back = jackson.strict(text)
    try:
        return _Parsed(*_loaded(plain), text, plain, back)
    except json.JSONDecodeError as error:
        mistake = json_mistakes.found(plain, error.msg, error.pos)
        raise Unreadable(_mistake(file, text, mistake, back(mistake.offset))) from error


def _loaded(text: str) -> tuple[Any, bool]:
    """The value, and whether an object has a duplicate key."""
    has_repeated = False

    def whole(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal has_repeated
        found = dict(pairs)
        has_repeated = has_repeated or len(found) != len(pairs)
        return found

    return json.loads(text, parse_constant=_refuse, object_pairs_hook=whole), has_repeated


def _text(file: Path) -> str:
    try:
        if file.stat().st_size > LARGEST:
            raise Unreadable(Problem(f"is larger than {LARGEST >> 20} MiB", Position(file), _APART))
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(Problem("is not text in UTF-8", Position(file))) from error
    except OSError as error:
        raise Unreadable(Problem(f"cannot be read: {error.strerror}", Position(file))) from error
    if text.count('"') // 2 + text.count("{") + text.count("[") > _MOST:
        raise Unreadable(Problem(f"has more than {_MOST:,} values", Position(file), _APART))
    return text


def _mistake(file: Path, text: str, mistake: JsonMistake, offset: int) -> Problem:
    hint = mistake.hint if text.strip() else 'for no mappings write {"mappings": []}'
    line, column = text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)
    return Problem(f"is not valid JSON: {mistake.message}", Position(file, line, column), hint)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a JSON number")


def _places(text: str) -> Iterator[tuple[KeyPath, int]]:
    """Every key and item of valid JSON with its offset, in order."""
    path: list[str | int] = []  # the current key or index of each open object or list
    lists: list[bool] = []
    key = False  # whether the next string is a key
    for token in _TOKEN.finditer(text):
        mark = token[0]
        if mark in "]}":
            path.pop()
            key = False
            lists.pop()
            continue
        if mark == ",":
            key = not lists[-1]
            if lists[-1]:
                path[-1] = int(path[-1]) + 1
            continue
        if mark == ":":
            continue
        if key:
            path[-1] = json.loads(mark) if "\\" in mark else mark[1:-1]
            key = False
            yield tuple(path), token.start()
            continue
        if lists and lists[-1]:
            yield tuple(path), token.start()
        if mark in "{[":
            lists.append(mark == "[")
            path.append(0 if mark == "[" else "")
            key = mark == "{"
