"""Parse JSON like WireMock's Jackson: comments, single quotes, numbers as strings, and null for a missing value."""

import json
import re
from bisect import bisect_right
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

_LENIENT = re.compile(r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|//[^\n]*|/\*.*?\*/""", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)|\"", re.DOTALL)
_NOT_BREAK = re.compile(r"[^\r\n]")
_WHOLE = re.compile(r"\s*[+-]?[0-9]{1,10}\s*")
_NUMBER = re.compile(r"\s*[+-]?[0-9]+(\.[0-9]+)?\s*")


def strict(text: str) -> tuple[str, Callable[[int], int]]:
    """The same document in strict JSON, and a function that maps its character offsets to offsets in `text`."""
    parts: list[str] = []
    here: list[int] = []  # offset of each part, in the result and in the text
    there: list[int] = []
    length = end = 0
    for found in _LENIENT.finditer(text):
        for part, start in ((text[end : found.start()], end), (_plain(found[0]), found.start())):
            parts.append(part)
            here.append(length)
            there.append(start)
            length += len(part)
        end = found.end()
    here.append(length)
    there.append(end)

    def back(offset: int) -> int:
        number = bisect_right(here, offset) - 1
        return there[number] + offset - here[number]

    return "".join((*parts, text[end:])), back


def without_nulls(mapping: Mapping[str, Any]) -> dict[str, Any]:
    """A mapping without null values, also in its request and response."""
    return {
        key: {name: one for name, one in value.items() if one is not None}
        if key in {"request", "response"} and isinstance(value, Mapping)
        else value
        for key, value in mapping.items()
        if value is not None
    }


def whole(value: Any) -> int | None:
    """The integer that WireMock reads from a value, with fractions cut off; None if it is not a number."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return int(value)
    return int(value) if isinstance(value, str) and _WHOLE.fullmatch(value) else None


def is_number(value: Any) -> bool:
    """Whether WireMock reads it as a number."""
    if isinstance(value, str):
        return _NUMBER.fullmatch(value) is not None
    return isinstance(value, int | float) and not isinstance(value, bool)


def text(value: Any) -> str | None:
    """The text that WireMock reads from a value, which can be a number; None if it is not a text."""
    if isinstance(value, str):
        return value
    return json.dumps(value) if isinstance(value, bool | int | float) else None


def is_json(content: str) -> bool:
    """Whether a text starts with JSON; WireMock ignores what follows."""
    try:
        json.JSONDecoder(parse_constant=_refuse).raw_decode(strict(content)[0].lstrip())
    except ValueError:
        return False
    return True


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _plain(token: str) -> str:
    """Replace a comment by white space, and convert a string to double quotes."""
    if token[0] == "/":
        return _NOT_BREAK.sub(" ", token)
    return f'"{_ESCAPED.sub(_escaped, token[1:-1])}"'


def _escaped(found: re.Match[str]) -> str:
    """Escape a double quote in a string, and unescape a single quote."""
    if found[0] == '"':
        return '\\"'
    return "'" if found[1] == "'" else found[0]
