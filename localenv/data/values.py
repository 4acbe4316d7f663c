"""Convert JSON values to the columns' text format."""

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from localenv.data.source import Malformed
from localenv.needs import Row, Sql

_REFUSED = re.compile("[\0\ud800-\udfff]")


def row(values: list[Any], line: int, sql: Sql, arrays: Mapping[int, bool]) -> Row:
    """A text for each value; `arrays` maps indices of array columns to whether they hold JSON."""
    return [
        _array(value, line, sql, arrays[place])
        if isinstance(value, list) and place in arrays
        else _checked(text(value, sql.BOOLEANS), line)
        for place, value in enumerate(values)
    ]


def text(value: Any, booleans: tuple[str, str]) -> str | None:
    """The text for a column that is not an array; nested values are JSON, and None is NULL."""
    match value:
        case None | str():
            return value
        case bool():
            return booleans[value]
        case int() | Decimal():
            return str(value)
    return json_text(value)


def json_text(value: Any) -> str:
    """JSON with every digit of its numbers as written."""
    match value:
        case Decimal():
            return str(value)
        case dict():
            return "{" + ", ".join(f"{json_text(key)}: {json_text(item)}" for key, item in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(json_text, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def _array(items: list[Any], line: int, sql: Sql, of_json: bool) -> str | None:
    """An array with the items of a list; nested lists become nested arrays, unless it holds JSON."""

    def texts(one: Any) -> Any:
        if isinstance(one, list) and not of_json:
            return [texts(item) for item in one]
        return json_text(one) if of_json and one is not None else text(one, sql.BOOLEANS)

    assert sql.ARRAYS is not None
    return _checked(sql.ARRAYS.literal([texts(item) for item in items]), line)


def _checked(value: str | None, line: int) -> str | None:
    found = _REFUSED.search(value) if value else None
    if found:
        what = "a NUL character" if found[0] == "\0" else "half a surrogate pair"
        raise Malformed(f"{what}, which no text in a database holds", line)
    return value
