"""Matching rules as regular expressions: of dates, numbers, and texts."""

import re
from collections.abc import Iterator

from localenv.stubs import expressions, varying

INTEGER = r"-?\d+"
DECIMAL = r"-?\d+\.\d+"
NUMBER = r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?"
BOOLEAN = "true|false"
SEMVER = r"\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?"
DATE = r"\d{4}-\d{2}-\d{2}"
TIME = r"T?\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?"
DATE_TIME = rf"{DATE}[T ]{TIME.removeprefix('T?')}"

_LONGEST = 1000  # characters of an example to compare
_LETTERS = re.compile(r"'(?:[^']|'')*'|([A-Za-z])\1*|[^A-Za-z']+")
_NAMES = r"\p{L}[\p{L}.]*"
_OFFSET = r"(?:Z|[+-]\d{2}(?::?\d{2})?(?::?\d{2})?)"
_DIGITS = frozenset("yYuMLdDHhKkmsSwWFe")


def whole(regex: str) -> str:
    """A rule's expression for a whole text: an anchor at one end alone leaves the other end open."""
    begins, ends = regex.startswith("^"), regex.endswith("$") and not regex.endswith("\\$")
    core = f"(?:{regex.removeprefix('^') if begins else regex})"
    if begins and not ends:
        return f"{core}(?s:.*)"
    if ends and not begins:
        return f"(?s:.*){core}"
    return core


def of_format(text: str) -> str:
    """An expression for a format of Java's, such as `yyyy-MM-dd'T'HH:mm:ssXXX`."""
    return "".join(_parts(text))


def _parts(text: str) -> Iterator[str]:
    for found in _LETTERS.finditer(text):
        part = found[0]
        if part.startswith("'"):
            yield varying.quoted("'" if part == "''" else part[1:-1].replace("''", "'"))
        elif not part[0].isalpha():
            yield varying.quoted(part)
        else:
            yield _letters(part[0], len(part))


def _letters(letter: str, count: int) -> str:
    if (letter in "ML" and count > 2) or letter in "EcaGz":
        return "[AaPp][Mm]" if letter == "a" else _NAMES
    if letter in "ZXxO":
        return _OFFSET
    if letter in "yYu":
        return rf"\d{{{count}}}" if count in (2, 4) else r"\d+"
    if letter == "V":
        return r"[\w/+:-]+"
    if letter == "S":
        return r"\d+"
    return rf"\d{{{count}}}" if count > 1 else r"\d{1,2}" if letter in _DIGITS else r".+"


def is_found(regex: str, text: str) -> bool:
    """Whether an expression, as a rule has it, fits a text; True where finding out could take long."""
    return not expressions.is_quick(regex) or len(text) > _LONGEST or re.search(regex, text) is not None
