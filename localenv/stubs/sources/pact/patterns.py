"""Matching rules as regular expressions: of dates, numbers, and texts."""

import re
from collections.abc import Collection, Iterator

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


def of_parameters(names: Collection[str]) -> str:
    """An expression for the rest of a URL: a query with parameters of these names only; empty without names."""
    if not names:
        return ""
    either = "|".join("".join(map(_in_url, name)) for name in names)
    return rf"\?(?:(?:{either})(?:=[^&]*)?(?:&|$))+"


def _in_url(character: str) -> str:
    """A character of a parameter's name, encoded or not."""
    encoded = "".join(f"%{byte:02X}" for byte in character.encode())
    if character.isalnum() and character.isascii():
        return character
    written = varying.quoted(character) if character.isprintable() and character not in "&=#% " else ""
    return f"(?:{'|'.join(filter(None, (written, '[+]' if character == ' ' else '', f'(?i:{encoded})')))})"


def of_media_types(text: str) -> str:
    """An expression for media types in any case, whose parameters come in any order and may be more."""
    return "(?i)" + r"\s*,\s*".join(_media_type(one.strip()) for one in text.split(","))


def _media_type(text: str) -> str:
    kind, *written = (one.strip() for one in text.split(";"))
    named = [one.partition("=") for one in written if one and not one.lower().startswith("boundary=")]  # made anew
    wanted = [
        rf"(?=[^,]*;\s*{varying.quoted(name.strip())}={_in_quotes(value)}\s*(?:[;,]|$))" for name, _, value in named
    ]
    return rf"{varying.quoted(kind)}{''.join(wanted)}(?:\s*;[^,]*)?"


def _in_quotes(value: str) -> str:
    return f'"?{varying.quoted(value.strip().strip(chr(34)))}"?'


def is_found(regex: str, text: str) -> bool:
    """Whether an expression, as a rule has it, fits a text; True where finding out could take long."""
    return not expressions.is_quick(regex) or len(text) > _LONGEST or re.search(regex, text) is not None
