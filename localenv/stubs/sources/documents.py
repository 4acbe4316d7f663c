"""JSON somebody wrote, as WireMock reads it, with the position of everything in it."""

import json
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn

from localenv.errors import Position, Problem
from localenv.stubs import jackson

LARGEST = 16 << 20  # bytes of a file of mappings

Where = tuple[str | int, ...]  # the keys and indices that lead to a value

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


class Unreadable(Exception):  # noqa: N818 - says what is the matter
    """A file that holds no JSON; `problem` says where and why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


@dataclass(frozen=True, kw_only=True)
class StubDocument:
    """A JSON file: its value, and where each key of an object and each item of a list stands."""

    file: Path
    value: Any
    text: str = field(repr=False)
    plain: str = field(repr=False)  # the same in strict JSON
    back: Callable[[int], int] = field(repr=False)  # where something in that stands in the text
    has_repeated: bool = False  # a key stands twice in its object

    def at(self, where: Where) -> Position:
        """Where a key or an item stands; that of the nearest one around it, where it has none."""
        while where and self._found(where) is None:
            where = where[:-1]
        offset = self._found(where) or 0
        line = bisect_right(self._lines, offset)
        return Position(self.file, line, offset - self._lines[line - 1] + 1)

    @property
    def repeated(self) -> tuple[Where, ...]:
        """Keys that stand twice in their object, where they stand again last."""
        return self._repeated if self.has_repeated else ()

    @property
    def offsets(self) -> Mapping[Where, int]:
        """Where every key and item stands."""
        self._found(())
        return self._offsets

    @cached_property
    def _repeated(self) -> tuple[Where, ...]:
        seen: set[Where] = set()
        repeated = []
        for where, offset in _places(self.plain):
            if where in seen and isinstance(where[-1], str):
                repeated.append(where)
            seen.add(where)
            self._offsets[where] = self.back(offset)
        return tuple(repeated)

    def _found(self, where: Where) -> int | None:
        """Where something stands; the text is read no further than that, as in most files little is wrong."""
        if not self.repeated:
            for place, offset in self._rest if where not in self._offsets else ():
                self._offsets[place] = self.back(offset)
                if place == where:
                    break
        return self._offsets.get(where)

    @cached_property
    def _rest(self) -> Iterator[tuple[Where, int]]:
        return _places(self.plain)

    @cached_property
    def _offsets(self) -> dict[Where, int]:
        return {}

    @cached_property
    def _lines(self) -> list[int]:
        """Where each line begins."""
        return [0, *(found.end() for found in re.finditer("\n", self.text))]


def read(file: Path) -> StubDocument:
    """The document in a file; raises Unreadable."""
    text = _text(file)
    try:
        value, has_repeated, plain, back = _parsed(file, text)
    except RecursionError as error:
        raise Unreadable(Problem("is nested too deeply", Position(file))) from error
    except ValueError as error:
        raise Unreadable(Problem(f"is not valid JSON: {error}", Position(file))) from error
    return StubDocument(file=file, value=value, text=text, plain=plain, back=back, has_repeated=has_repeated)


def _parsed(file: Path, text: str) -> tuple[Any, bool, str, Callable[[int], int]]:
    """The value, whether a key is repeated, the text in strict JSON, and where something in that stands in the text."""
    try:
        return *_loaded(text), text, int
    except json.JSONDecodeError:
        plain, back = jackson.strict(text)
    try:
        return *_loaded(plain), plain, back
    except json.JSONDecodeError as error:
        raise Unreadable(_mistake(file, text, error.msg, back(error.pos))) from error


def _loaded(text: str) -> tuple[Any, bool]:
    """The value, and whether a key stands twice in its object."""
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
            raise Unreadable(Problem(f"is larger than {LARGEST >> 20} MiB", Position(file)))
        return file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(Problem("is not text in UTF-8", Position(file))) from error
    except OSError as error:
        raise Unreadable(Problem(f"cannot be read: {error.strerror}", Position(file))) from error


def _mistake(file: Path, text: str, message: str, offset: int) -> Problem:
    rest = text[offset:].lstrip()
    before = text[:offset].rstrip()
    hint = ""
    if not text.strip():
        hint = 'for no mappings write {"mappings": []}'
    elif rest.startswith("#"):
        hint = "a comment begins with //"
    elif before.endswith(",") or (rest[:1] == "," and rest[1:].lstrip()[:1] in {"}", "]"}):
        hint = "remove the comma after the last entry"
    line, column = text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)
    return Problem(f"is not valid JSON: {message}", Position(file, line, column), hint)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a JSON number")


def _places(text: str) -> Iterator[tuple[Where, int]]:
    """Every key and item of valid JSON with its offset, as they come."""
    path: list[str | int] = []  # one step for each open object or list: the key or index it is at
    lists: list[bool] = []
    key = False  # the next string is a key
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
