"""Find values in a request that change every time: ids, dates, long numbers, tokens; and secrets."""

import re
from collections.abc import Callable
from typing import Any

from localenv import redaction

ANY = "${json-unit.ignore}"  # matches any value in `equalToJson`

_TOKEN = re.compile(
    r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"
    r"|\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?"
    r"|(?<![A-Za-z0-9_-])(?=[A-Za-z_-]*\d)(?=[a-z0-9_-]*[A-Z])[A-Za-z0-9_-]{10,}"
    r"|(?<![A-Za-z0-9_-])(?=(?:[A-Za-z_-]*\d){3})[A-Za-z0-9_-]{6,}"
)
_NAMED = re.compile(r"(?:^|[_-])(?:id|uuid|nonce|date|time|timestamp|at)$|[a-z](?:Id|Uuid|At|Date|Time|Timestamp)$")
Varies = Callable[[str | int | float, str], bool]  # called with a value and its nearest key

_SPECIAL = re.compile(r"([\\.\[\](){}*+?|^$])")


def is_varying(text: str, name: str = "") -> bool:
    """Whether a value or a path segment changes every time, judged by its text or its name."""
    if not text:
        return False
    if name and (_NAMED.search(name) or redaction.is_secret(name)):
        return True
    is_number = text.isdigit() and not name
    return is_number or _TOKEN.search(text) is not None or redaction.redacted(text) != text


def quoted(text: str) -> str:
    """A text escaped for a regular expression, also in Java."""
    return _SPECIAL.sub(r"\\\1", text)


def pattern(text: str, separator: str = "") -> str:
    """A regular expression that matches a text with other changing values; empty if nothing changes.

    A `separator` always changes.
    """
    parts, end = [], 0
    token = f"{re.escape(separator)}|{_TOKEN.pattern}" if separator else _TOKEN
    tokens = [found.span() for found in re.finditer(token, text)]
    for start, stop in sorted([*tokens, *redaction.in_traffic(text)]):
        if start >= end:
            parts += [quoted(text[end:start]), '[^&\\s"<>]+']
            end = stop
    if redaction.redacted(text) != text:
        return "(?s).+"
    return "".join(["(?s)", *parts, quoted(text[end:])]) if parts else ""


def general(value: Any) -> Any:
    """JSON in which changing values are replaced by a placeholder of `equalToJson`."""
    return replaced(value, _varies)


def replaced(value: Any, varies: Varies, name: str = "") -> Any:
    """JSON in which the texts and numbers that vary are replaced by a placeholder of `equalToJson`."""
    match value:
        case dict():
            return {key: replaced(one, varies, key) for key, one in value.items()}
        case list():
            return [replaced(one, varies, name) for one in value]
        case str() | int() | float() if not isinstance(value, bool):
            return ANY if varies(value, name) else value
    return value


def _varies(value: str | int | float, name: str) -> bool:
    if isinstance(value, str):
        return is_varying(value, name or " ")
    return bool(_NAMED.search(name)) or redaction.is_secret(name) or abs(value) >= 10**9
