"""Schemas that combine so many others that to validate one value would not end."""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from localenv.stubs.sources.openapi.marking import Marked, marked
from localenv.stubs.sources.openapi.pointers import BASE, pointed
from localenv.stubs.sources.openapi.reading import Contract

_MOST = 20_000  # schemas that one value is validated against
_MOST_CHECKS = 300_000  # of schemas, for one value with all its parts
_LISTS = ("allOf", "anyOf", "oneOf")
_SINGLE = ("not", "if", "then", "else")
_LEADING = frozenset({"$ref", "dependentSchemas", *_LISTS, *_SINGLE})  # to other schemas for the same value


def heavy(contract: Contract) -> Marked:
    """The schemas that combine too many others, and what leads to one."""
    return marked(contract, _too_heavy(contract))


def _too_heavy(contract: Contract) -> dict[int, str]:
    """The schemas, by their identity in memory, that combine too many others, with the place of each."""
    known: dict[int, int] = {}
    found: dict[int, str] = {}
    for schema, number, where in contract.combined:
        try:
            weight = _weight(contract, schema, known)
        except RecursionError:
            weight = _MOST + 1
        if weight > _MOST:
            found[id(schema)] = f"{BASE}{number}{pointed(where)}"
    return found


def is_too_heavy(contract: Contract, schema: Any, value: Any) -> bool:
    """Whether validating a value would not end: alternatives that fit at each level double the work with each."""
    try:
        return bool(contract.combined) and _work(contract, schema, value, {}) > _MOST_CHECKS
    except RecursionError:
        return True


def _work(contract: Contract, schema: Any, value: Any, known: dict[tuple[int, int], int]) -> int:
    """How many schemas a value and its parts are validated against at most."""
    if not isinstance(schema, dict) or (not isinstance(value, dict | list) and _LEADING.isdisjoint(schema)):
        return 1
    key = id(schema), id(value)
    if key not in known:
        known[key] = 1
        whole = ((one, value) for one in _parts(contract, schema))
        total = 1
        for one, part in chain(whole, _inner(schema, value)):
            total += _work(contract, one, part, known)
            if total > _MOST_CHECKS:
                break
        known[key] = total
    return known[key]


def _inner(schema: Mapping[str, Any], value: Any) -> Iterator[tuple[Any, Any]]:
    """The parts of a value, each with its schema."""
    if isinstance(value, dict):
        properties = schema.get("properties")
        listed = properties if isinstance(properties, Mapping) else {}
        for name, part in value.items():
            yield listed.get(name, schema.get("additionalProperties")), part
    elif isinstance(value, list):
        for part in value:
            yield schema.get("items"), part


def _weight(contract: Contract, schema: Any, known: dict[int, int]) -> int:
    """How many schemas a value is validated against, each as often as it is combined; a circle counts once."""
    if not isinstance(schema, Mapping):
        return 1
    if id(schema) not in known:
        known[id(schema)] = 1
        total = 1 + sum(_weight(contract, one, known) for one in _parts(contract, schema))
        known[id(schema)] = min(total, _MOST + 1)
    return known[id(schema)]


def _parts(contract: Contract, schema: Mapping[str, Any]) -> Iterator[Any]:
    if isinstance(ref := schema.get("$ref"), str):
        try:
            yield contract.find(ref)
        except (KeyError, IndexError, ValueError, TypeError):
            return
    for key in _LISTS:
        if isinstance(listed := schema.get(key), list):
            yield from listed
    if isinstance(dependent := schema.get("dependentSchemas"), Mapping):
        yield from dependent.values()
    yield from (schema[key] for key in _SINGLE if key in schema)
