"""Schemas that combine so many others that to validate one value would not end."""

from collections.abc import Iterator, Mapping
from typing import Any

from localenv.stubs.sources.openapi.pointers import BASE, pointed
from localenv.stubs.sources.openapi.reading import Contract

_MOST = 20_000  # schemas that one value is validated against
_LISTS = ("allOf", "anyOf", "oneOf")
_SINGLE = ("not", "if", "then", "else")


def too_heavy(contract: Contract) -> dict[int, str]:
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
