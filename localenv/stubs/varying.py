"""Find values in a request that change every time: ids, dates, long numbers, tokens; and secrets."""

import json
import re
from collections.abc import Callable
from typing import Any

from localenv import redaction
from localenv.stubs import named_values

ANY = "${json-unit.ignore}"  # matches any value in `equalToJson`

_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?"
_CLOCK = r"\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?: ?(?:Z|UTC|GMT|[AaPp]M|[+-]\d\d:?\d\d))?"
_DAY = (
    rf"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? )?(?:\d{{4}}([-/.])\d\d?\1\d\d?|\d\d?([-/.])\d\d?\2\d{{4}}"
    rf"|\d\d?[ -]{_MONTH}[ -]\d{{2,4}}|{_MONTH} \d\d?,? \d{{4}})"
)
_TOKEN = re.compile(
    r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"
    rf"|(?<!\d){_DAY}(?:(?:T|,? ){_CLOCK})?(?!\d)"
    rf"|(?<![\d:]){_CLOCK}(?![\d:])"
    r"|(?<![A-Za-z0-9_+/-])(?=[a-z0-9_+/-]*[A-Z])(?=[A-Z0-9_+/-]*[a-z])(?=[A-Za-z_+/-]*\d)[A-Za-z0-9_+/-]{20,}={0,2}"
    r"|(?<![A-Za-z0-9_-])(?=[A-Za-z_-]*\d)(?=[a-z0-9_-]*[A-Z])[A-Za-z0-9_-]{10,}"
    r"|(?<![A-Za-z0-9_-])(?=(?:[A-Za-z_-]*\d){3})[A-Za-z0-9_-]{6,}"
)
_NUMBER = re.compile(r"(?<![A-Za-z0-9])\d+(?![A-Za-z0-9])")  # in a path
_API_VERSION = re.compile(r"v\d+(\.\d+)*", re.IGNORECASE)
_NAMED = re.compile(
    r"(?:^|[._\[-])(?i:ids?|[ug]uids?|ulids?|nonce|date|time|timestamp|ts|at|created|updated|modified|expires|exp|iat|nbf"
    r"|seq|sequence|cursor|ref|reference|(?<!page.)number|no|nr|etag|hash|checksum|digest|sig|session)\]?(?:\[\])?$"
    r"|[a-z](?:Ids?|IDs?|[GU]uids?|[GU]UIDs?|At|Date|Time|Timestamp|No|Nr|(?<!page)Number|Ref|Reference)(?:\[\])?$"
    r"|(?:ated|ied|ed)On$"
)
_COMPACT_DAY = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_LONG = 10**9  # from here on a number is a time or an id
Varies = Callable[[str | int | float, str], bool]  # called with a value and its nearest key

_SPECIAL = re.compile(r"([\\.\[\](){}*+?|^$])")
_WORD, _LINE = r'[^&\s"<>]+', r'[^&"<>\r\n]+?'  # what stands for a value in a text


def is_varying(text: str, name: str = "") -> bool:
    """Whether a value or a path segment changes every time, judged by its text or its name."""
    if not text:
        return False
    if name and is_varying_name(name):
        return True
    is_number = not name and _NUMBER.search(text) is not None and not _API_VERSION.fullmatch(text)
    return is_number or _TOKEN.search(text) is not None or redaction.redacted(text) != text


def is_varying_name(name: str) -> bool:
    """Whether the values of this name change every time."""
    return _NAMED.search(name) is not None or redaction.is_secret(name)


def quoted(text: str) -> str:
    """A text escaped for a regular expression, also in Java."""
    return _SPECIAL.sub(r"\\\1", text)


def pattern(text: str, separator: str = "") -> str:
    """A regular expression that matches a text with other changing values; empty if nothing changes.

    A `separator` always changes.
    """
    if redaction.redacted(text) != text:
        return "(?s).+"
    parts, end = [], 0
    for start, stop, form in sorted(_changing(text, separator), key=lambda span: (span[0], -span[1])):
        if start >= end:
            parts += [quoted(text[end:start]), form]
            end = stop
    return "".join(["(?s)", *parts, quoted(text[end:])]) if parts else ""


def _changing(text: str, separator: str) -> list[tuple[int, int, str]]:
    """Where a text changes, and the regular expression for each place."""
    token = re.compile(f"{re.escape(separator)}|{_TOKEN.pattern}") if separator else _TOKEN
    spans = [(*one.span(), _LINE if " " in one[0] else _WORD) for one in token.finditer(text)]
    secrets = [(start, stop, _WORD) for start, stop in redaction.in_traffic(text)]
    return spans + secrets + [one.place for one in named_values.of(text) if is_varying_name(one.name)]


def general(value: Any) -> Any:
    """JSON in which changing values are replaced by a placeholder of `equalToJson`."""
    return _widened(replaced(value, _varies))


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
        return is_varying(value, name or " ") or _is_json_varying(value)
    return is_varying_name(name) or abs(value) >= _LONG or _COMPACT_DAY.fullmatch(str(value)) is not None


def _widened(value: Any) -> Any:
    """A placeholder for a list of nothing else, whose length changes too, and for an object whose keys change."""
    match value:
        case dict():
            is_open = any(key.isdigit() or _TOKEN.search(key) for key in value)
            return ANY if is_open else {key: _widened(one) for key, one in value.items()}
        case list():
            each = [_widened(one) for one in value]
            return ANY if each and all(one == ANY for one in each) else each
    return value


def _is_json_varying(text: str) -> bool:
    """Whether a text is JSON with values that change."""
    if text[:1] not in {"{", "["}:
        return False
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return bool(general(value) != value)
