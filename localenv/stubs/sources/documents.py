"""JSON somebody wrote, as WireMock reads it, with the position of everything in it."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
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
    offsets: Mapping[Where, int] = field(repr=False)
    text: str = field(repr=False)
    repeated: tuple[Where, ...] = ()  # keys that stand twice in their object, where they stand again last

    def at(self, where: Where) -> Position:
        """Where a key or an item stands; that of the nearest one around it, where it has none."""
        while where and where not in self.offsets:
            where = where[:-1]
        offset = self.offsets.get(where, 0)
        line = self.text.count("\n", 0, offset) + 1
        return Position(self.file, line, offset - (self.text.rfind("\n", 0, offset) + 1) + 1)


def read(file: Path) -> StubDocument:
    """The document in a file; raises Unreadable."""
    text = _text(file)
    try:
        value, plain, back = _parsed(file, text)
    except RecursionError as error:
        raise Unreadable(Problem("is nested too deeply", Position(file))) from error
    except ValueError as error:
        raise Unreadable(Problem(f"is not valid JSON: {error}", Position(file))) from error
    offsets: dict[Where, int] = {}
    repeated = []
    for where, offset in _places(plain):
        if where in offsets and isinstance(where[-1], str):
            repeated.append(where)
        offsets[where] = back(offset)
    return StubDocument(file=file, value=value, offsets=offsets, text=text, repeated=tuple(repeated))


def _parsed(file: Path, text: str) -> tuple[Any, str, Callable[[int], int]]:
    """The value, the same text in strict JSON, and what says where something in that stands in the text."""
    try:
        return json.loads(text, parse_constant=_refuse), text, int
    except json.JSONDecodeError:
        plain, back = jackson.strict(text)
    try:
        return json.loads(plain, parse_constant=_refuse), plain, back
    except json.JSONDecodeError as error:
        raise Unreadable(_mistake(file, text, error.msg, back(error.pos))) from error


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
            path[-1] = json.loads(mark)
            key = False
            yield tuple(path), token.start()
            continue
        if lists and lists[-1]:
            yield tuple(path), token.start()
        if mark in "{[":
            lists.append(mark == "[")
            path.append(0 if mark == "[" else "")
            key = mark == "{"
