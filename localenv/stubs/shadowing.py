"""Find mappings that never answer, because another one comes first and matches whatever they match."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from localenv.errors.problems import Position, Problem
from localenv.stubs import expressions, jackson, sources, vocabulary
from localenv.stubs.overlap import of_template
from localenv.stubs.sources.kind import Loaded, SourceMapping
from localenv.stubs.urls import path_of

_MOST_COMPARED = 100  # mappings for one URL, and those for several
_LITERAL = ("url", "urlPath")

_Known = list[tuple[SourceMapping, Mapping[str, Any]]]


def shadowed(read: Sequence[Loaded]) -> Iterator[Problem]:
    """The mappings of a folder that never answer, because another of it matches whatever they match."""
    for source, mappings in read:
        if not sources.is_contract(source):
            yield from _shadowed(mappings)


def _shadowed(mappings: Sequence[SourceMapping]) -> Iterator[Problem]:
    found: list[Problem] = []
    answering: set[Position | None] = set()  # one interaction of a Pact has several mappings
    known: dict[str, _Known] = {}  # by URL: of the others only those for several can cover it
    varying: _Known = []
    for one in sorted(mappings, key=lambda each: _priority(each.mapping)):
        mapping = jackson.without_nulls(one.mapping)
        key, url = _url(mapping)
        near = known.setdefault(path_of(url) if key in _LITERAL else json.dumps([key, url]), [])
        covering = next((other for other, wider in (*near, *varying) if _covers(wider, mapping)), None)
        if covering:
            at = covering.at(())
            found.append(Problem(f"never answers: the mapping at {at} comes first and matches the same", one.at(())))
            continue
        answering.add(one.at(()))
        if len(near) < _MOST_COMPARED:
            near.append((one, mapping))
            if key not in _LITERAL and len(varying) < _MOST_COMPARED:
                varying.append((one, mapping))
    yield from (one for one in found if one.at is None or one.at not in answering)


def _url(mapping: Mapping[str, Any]) -> tuple[str, str]:
    """The key and text of the URL that a mapping is for; both empty for any."""
    request = mapping.get("request", {})
    return next(((key, str(request[key])) for key in vocabulary.URLS if key in request), ("", ""))


def _priority(mapping: Mapping[str, Any]) -> int:
    found = jackson.whole(mapping.get("priority"))
    return 5 if found is None else found


def _covers(wider: Mapping[str, Any], narrower: Mapping[str, Any]) -> bool:
    """Whether every request of one mapping is one of the other, by comparing their conditions."""
    if "requiredScenarioState" in wider:
        return False
    one, other = wider.get("request", {}), narrower.get("request", {})
    if one.get("method", "ANY") not in ("ANY", other.get("method", "ANY")):
        return False
    if not _covers_url(_url(wider), _url(narrower)):
        return False
    rest = ((key, value) for key, value in one.items() if key not in ("method", *vocabulary.URLS))
    return all(_is_among(value, other.get(key)) for key, value in rest)


def _is_among(conditions: Any, others: Any) -> bool:
    """Whether all of some conditions are among others."""
    if isinstance(conditions, Mapping) and isinstance(others, Mapping):
        return all(others.get(name) == matcher for name, matcher in conditions.items())
    if isinstance(conditions, list) and isinstance(others, list):
        return all(matcher in others for matcher in conditions)
    return bool(conditions == others)


def _covers_url(wider: tuple[str, str], narrower: tuple[str, str]) -> bool:
    """Whether a URL is that of the other mapping, or one of its URLs."""
    (key, written), (other_key, url) = wider, narrower
    if not key or wider == narrower:
        return True
    if other_key not in _LITERAL:
        return False
    match key:
        case "urlPath":
            return path_of(url) == written
        case "urlPathPattern":
            return expressions.matches(written, path_of(url))
        case "urlPathTemplate":
            return expressions.matches(of_template(written), path_of(url))
        case "urlPattern":  # of a path with any query only one that ends with anything
            return (other_key == "url" or written.endswith(".*")) and expressions.matches(written, url)
    return False
