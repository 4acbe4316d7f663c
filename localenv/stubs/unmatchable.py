"""Find XPaths that WireMock loads and cannot evaluate, so that their stub matches no request."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from localenv.errors.problems import KeyPath, Problem
from localenv.stubs import xpath
from localenv.stubs.sources.kind import Loaded

_MATCHER = "matchesXPath"


def broken(read: Sequence[Loaded]) -> Iterator[Problem]:
    """A problem for each XPath in the mappings of an upstream's sources."""
    for _, mappings in read:
        for one in mappings:
            for where, expression in _xpaths(one.mapping.get("request"), ("request",)):
                if why := xpath.mistake(expression):
                    yield Problem(
                        f"'{_MATCHER}' is not an XPath, so this stub matches no request: {why}", one.at(where)
                    )


def _xpaths(value: Any, where: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    """Each XPath in a matcher, also inside others."""
    match value:
        case Mapping():
            for key, inner in value.items():
                given = inner.get("expression") if key == _MATCHER and isinstance(inner, Mapping) else inner
                if key == _MATCHER and isinstance(given, str):
                    yield (*where, key), given
                elif isinstance(inner, Mapping | list):
                    yield from _xpaths(inner, (*where, key))
        case list():
            for number, inner in enumerate(value):
                yield from _xpaths(inner, (*where, number))
