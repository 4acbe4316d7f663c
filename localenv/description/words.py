"""Wording of mistakes: suggestions, and names for parts of the description."""

from collections.abc import Iterable
from difflib import get_close_matches
from itertools import islice

_LONGEST, _MANY = 100, 300  # characters of a word to compare with known ones, and how many of these

SECTIONS = {
    "services": "service",
    "needs": "need",
    "secrets": "secret",
    "configs": "config",
    "upstreams": "upstream",
    "jobs": "job",
}

LATER = {
    "origin", "proxy", "egress",
    "generate",
}  # fmt: skip


def meant(word: str, known: Iterable[str]) -> str:
    """The known word closest to a mistaken one; empty if none is close, or too many or too long ones were compared."""
    words = list(islice(known, _MANY + 1))
    if len(word) > _LONGEST or len(words) > _MANY:
        return ""
    close = get_close_matches(word.lower(), words, 1, 0.6)
    return close[0] if close else ""


def suggestion(word: str, known: Iterable[str]) -> str:
    """A hint with the closest known word."""
    found = meant(word, known)
    return f"did you mean '{found}'?" if found else ""


def owner(path: tuple[str | int, ...]) -> str:
    """`service 'api'`, for a path."""
    if not path:
        return "the description"
    if path[0] == "smoke":
        return "smoke" if len(path) == 1 else f"smoke check {int(path[1]) + 1}"
    return f"{SECTIONS[str(path[0])]} '{path[1]}'" if len(path) > 1 else f"'{path[0]}'"


def subject(path: tuple[str | int, ...], within: tuple[str | int, ...]) -> str:
    """`'environment.URL' of service 'api'`, for a path within it."""
    words = [part for part in within if isinstance(part, str) and part != "[key]"]
    whole = owner(path)
    if not words:
        return whole
    return f"'{'.'.join(words)}'" + (f" of {whole}" if path else "")


def listed(words: Iterable[str]) -> str:
    """`a, b and c`."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
