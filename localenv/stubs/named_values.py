"""Find values with a name in a text: of JSON and XML, parts of a form, `name=value`, `name: value`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_FORMS = (
    (re.compile(r'"(?P<name>[\w.-]{1,99})"\s?:\s?(?P<value>"[^"\r\n]*"|[\w.+-]+)'), r'(?:"[^"]*"|[\w.+-]+)'),
    (re.compile(r"<(?:[\w.-]+:)?(?P<name>[\w.-]{1,99})(?:\s[^<>]*)?>(?P<value>[^<>]+)</"), r"[^<]+"),
    (re.compile(r'(?<![\w.-])(?P<name>[\w.-]{1,99})="(?P<value>[^"\r\n]+)"'), r'[^"]+'),
    (
        re.compile(
            r'\bname="?(?P<name>[^"\r\n;]{1,99})"?[^\r\n]*\r?\n(?:[^\r\n]+\r?\n){0,9}\r?\n(?P<value>[^\r\n]+)(?=\r?\n--)'
        ),
        r"[^\r\n]+",
    ),
    (
        re.compile(
            r"(?:^|(?<=[&;,\s(?]))(?P<name>[\w.\[\]-]{1,99})(?:=|: ?)(?P<value>[^$&;,\s\"'<>()][^&;,\s\"<>()]*)"
        ),
        r'[^&;,\s"<>()]+',
    ),
)


@dataclass(frozen=True, kw_only=True)
class NamedValue:
    """A value in a text; `place` has its start and end, and the regular expression of such a value."""

    name: str
    place: tuple[int, int, str]


def of(text: str) -> Iterator[NamedValue]:
    """The values of a text that have a name."""
    for written, form in _FORMS:
        for found in written.finditer(text):
            yield NamedValue(name=found["name"], place=(*found.span("value"), form))
