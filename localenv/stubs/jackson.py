"""JSON as WireMock reads it, by Jackson: with comments, single quotes, numbers in text, and null for nothing."""

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
    """The same in strict JSON, and what says where something in that stands in `text`, both in characters."""
    parts: list[str] = []
    here: list[int] = []  # where each part begins in the result, and in the text
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
    """A mapping in which what is null is left out, also in its request and response."""
    return {
        key: {name: one for name, one in value.items() if one is not None}
        if key in {"request", "response"} and isinstance(value, Mapping)
        else value
        for key, value in mapping.items()
        if value is not None
    }


def whole(value: Any) -> int | None:
    """The whole number that a value is to WireMock, which cuts off fractions; None for no number."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return int(value)
    return int(value) if isinstance(value, str) and _WHOLE.fullmatch(value) else None


def is_number(value: Any) -> bool:
    """Whether it is a number to WireMock."""
    if isinstance(value, str):
        return _NUMBER.fullmatch(value) is not None
    return isinstance(value, int | float) and not isinstance(value, bool)


def text(value: Any) -> str | None:
    """The text that a value is to WireMock, for which a number is one too; None for no text."""
    if isinstance(value, str):
        return value
    return json.dumps(value) if isinstance(value, bool | int | float) else None


def is_json(content: str) -> bool:
    """Whether a text begins with JSON; what stands behind it does not matter to WireMock."""
    try:
        json.JSONDecoder(parse_constant=_refuse).raw_decode(strict(content)[0].lstrip())
    except ValueError:
        return False
    return True


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _plain(token: str) -> str:
    """A comment as white space, a text in double quotes."""
    if token[0] == "/":
        return _NOT_BREAK.sub(" ", token)
    return f'"{_ESCAPED.sub(_escaped, token[1:-1])}"'


def _escaped(found: re.Match[str]) -> str:
    """A quote in a text has to be escaped if it is double, and must not be if it is single."""
    if found[0] == '"':
        return '\\"'
    return "'" if found[1] == "'" else found[0]
