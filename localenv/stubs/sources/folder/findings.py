"""Mistakes in a mapping, and checks for the common kinds."""

import base64
import binascii
import difflib
from collections.abc import Collection, Iterable, Iterator
from typing import Any, NamedTuple

from localenv.errors.problems import KeyPath
from localenv.stubs import jackson

_LONGEST = 60  # characters of the longest word to compare with known ones
_MANY = 300  # known words to compare it with


class Finding(NamedTuple):
    """One mistake: the key or item, what is wrong, and a hint."""

    where: KeyPath
    message: str
    hint: str = ""


Findings = Iterator[Finding]


def unknown(value: dict[str, Any], known: Collection[str], where: KeyPath, what: str) -> Findings:
    """Unknown keys; `what` names the object."""
    for key in value:
        if key not in known:
            yield Finding((*where, key), f"{what} has no '{key}'", meant(key, known))


def meant(word: str, known: Collection[str]) -> str:
    """A hint with the closest known word; empty if none is close."""
    if len(word) > _LONGEST or len(known) > _MANY:
        return ""
    by_case = {one.lower(): one for one in known}
    close = difflib.get_close_matches(word.lower(), by_case, n=1, cutoff=0.6)
    return f"did you mean '{by_case[close[0]]}'?" if close else ""


def at_most_one(value: dict[str, Any], keys: Collection[str], where: KeyPath) -> Findings:
    """Keys that exclude the first one of them in an object."""
    first, *others = [key for key in value if key in keys] or [""]
    for key in others:
        yield Finding((*where, key), f"'{key}' beside '{first}'", "only one of " + ", ".join(keys))


def typed(value: dict[str, Any], key: str, kind: type, words: str, where: KeyPath) -> Findings:
    """A value of the wrong type; `words` names the expected one."""
    if key in value and not isinstance(value[key], kind):
        yield Finding((*where, key), f"'{key}' must be {words}")


def texts(value: dict[str, Any], keys: Iterable[str], where: KeyPath) -> Findings:
    """Values that WireMock does not read as text."""
    for key in keys:
        if key in value and jackson.text(value[key]) is None:
            yield Finding((*where, key), f"'{key}' is a text")


def extensions(value: Any, known: Collection[str], what: str, where: KeyPath) -> Findings:
    """Names that WireMock would ignore: keys of an object, or names in a list, or of the objects in it."""
    named: list[tuple[KeyPath, Any]] = [((key,), key) for key in value] if isinstance(value, dict) else []
    for index, one in items(value):
        named.append(((index, "name"), one.get("name")) if isinstance(one, dict) else ((index,), one))
    for at, name in named:
        if name not in known:
            yield Finding((*where, *at), f"unknown {what} '{name}'", f"available: {', '.join(known)}")


def items(value: Any) -> Iterator[tuple[int, Any]]:
    """The items of a list with their indices; empty for any other value."""
    yield from enumerate(value) if isinstance(value, list) else ()


def is_base64(text: str) -> bool:
    """Whether WireMock reads it as base64; padding is optional."""
    padded = text if "=" in text else text + "=" * (-len(text) % 4)
    try:
        base64.b64decode(padded, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True
