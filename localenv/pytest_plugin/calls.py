"""Select the calls that a test asserts on."""

import re
from collections.abc import Mapping
from typing import Any

from localenv.stubs.answers import UNSAID, Wanted
from localenv.stubs.calls import Call


def fits(call: Call, wanted: Wanted) -> bool:
    """Whether a call matches, by the same rules as the stub server."""
    if wanted.method not in ("ANY", call.method) or not _path_fits(call, wanted.path):
        return False
    if any(value not in call.queries.get(name, ()) for name, value in (wanted.query or {}).items()):
        return False
    if any(call.headers.get(name.lower()) != value for name, value in (wanted.headers or {}).items()):
        return False
    return wanted.json is UNSAID or holds(call, wanted.json, longer=True)


def holds(call: Call, expected: Any, *, longer: bool = False) -> bool:
    """Whether the body is JSON that contains everything expected; it may have more members.

    `longer`: lists may also have more items at their end, as in the stub server.
    """
    try:
        return _within(expected, call.json, longer)
    except ValueError:
        return False


def _within(expected: Any, found: Any, longer: bool) -> bool:
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        return all(key in found and _within(value, found[key], longer) for key, value in expected.items())
    if isinstance(expected, list) and isinstance(found, list):
        enough = len(expected) <= len(found) if longer else len(expected) == len(found)
        return enough and all(_within(*pair, longer) for pair in zip(expected, found, strict=False))
    return bool(expected == found) and isinstance(expected, bool) == isinstance(found, bool)


def _path_fits(call: Call, path: str) -> bool:
    if not path:
        return True
    if "?" in path:
        return call.url == path
    parts = re.split(r"(\{[^}]*\})", path)
    return (
        re.fullmatch("".join("[^/]+" if part[:1] == "{" else re.escape(part) for part in parts), call.path) is not None
    )
