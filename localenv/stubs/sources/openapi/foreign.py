"""Properties that belong only in the other direction: readOnly ones of a request, writeOnly ones of a response."""

from collections.abc import Iterator, Mapping
from typing import Any

from localenv.stubs.sources.openapi.reading import Contract

_DEEPEST = 10  # levels of allOf
_WHOLES = "wholes"  # key of what is known of a contract


def is_foreign(contract: Contract, schema: Mapping[str, Any], name: str, mark: str) -> bool:
    """Whether a property that a schema requires has a mark; also if another schema of the same `allOf` declares it."""
    if mark not in contract.marks:
        return False
    properties = schema.get("properties")
    declared = properties.get(name) if isinstance(properties, dict) else None
    if isinstance(declared, dict) and "$ref" not in declared and id(schema) not in _wholes(contract):
        return declared.get(mark) is True
    return any(_has(contract, one, name, mark) for one in (schema, *_wholes(contract).get(id(schema), ())))


def requiring(contract: Contract) -> list[dict[str, Any]]:
    """The schemas that require properties which they, or schemas that they are combined with, may declare."""
    combined = [part for _, part in _parts(contract)]
    return [*{id(one): one for one in (*contract.objects, *combined)}.values()]


def _wholes(contract: Contract) -> dict[int, list[dict[str, Any]]]:
    """The schemas of an `allOf` by the id of each of its parts that requires properties."""
    if _WHOLES not in contract.known:
        found: dict[int, list[dict[str, Any]]] = {}
        for whole, part in _parts(contract):
            found.setdefault(id(part), []).append(whole)
        contract.known[_WHOLES] = found
    known: dict[int, list[dict[str, Any]]] = contract.known[_WHOLES]
    return known


def _parts(contract: Contract) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for whole, _, _ in contract.combined:
        if isinstance(parts := whole.get("allOf"), list):
            every = (whole, *(one for one in parts if isinstance(one, dict)))
            yield from ((whole, one) for one in every if isinstance(one.get("required"), list))


def _has(contract: Contract, schema: Any, name: str, mark: str, depth: int = 0) -> bool:
    try:
        found, _ = contract.resolved(schema)
        if not isinstance(found, dict) or depth > _DEEPEST:
            return False
        properties = found.get("properties")
        if isinstance(properties, dict) and name in properties:
            declared = properties[name]
            aimed, _ = contract.resolved(declared)
            return any(isinstance(one, dict) and one.get(mark) is True for one in (declared, aimed))
    except (KeyError, IndexError, TypeError, ValueError):
        return False
    parts = found.get("allOf")
    return isinstance(parts, list) and any(_has(contract, one, name, mark, depth + 1) for one in parts)
