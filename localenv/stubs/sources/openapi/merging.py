"""One flat schema from a schema with references and `allOf`."""

import math
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from localenv.stubs.sources.openapi.reading import Contract

_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_SIMPLE = frozenset({"boolean", "integer", "null", "number", "object", "array", "string"})
_LISTED = {"anyOf": "choices", "oneOf": "choices", "pattern": "patterns", "not": "nots", "if": "conditions"}

_LEADING = frozenset({"$ref", "$dynamicRef"})
_MAPS = frozenset({"properties", "patternProperties", "dependentSchemas"})

Flat = dict[str, Any]
_Grown = dict[str, dict[str, Any]]  # what is being merged, once for all parts: thousands of them would double the work


def flat(contract: Contract, schema: Any) -> Flat:
    """A schema without references and `allOf` at its top; False becomes one with `never`.

    `choices` are lists of alternatives of which each needs one, `patterns` and `nots` are those of all parts, `refs`
    are the URIs that it consists of, `closed` are lists of names: a property must be in each of them. Raises KeyError
    for a reference that leads nowhere.
    """
    found: Flat = {"refs": []}
    grown: _Grown = {}
    _add(contract, found, schema, [], grown)
    return found | {"required": [*grown["required"]]} if "required" in grown else found


def own_refs(contract: Contract, schema: Any) -> list[str]:
    """The URIs that a schema is; of one without a name those of its parts, but not what these are made of.

    What two schemas are both made of, as an `id`, does not make one contain the other.
    """
    found: list[str] = []
    while isinstance(schema, dict) and not _LEADING.isdisjoint(schema):
        uri = next((schema[key] for key in ("$ref", "$dynamicRef") if isinstance(schema.get(key), str)), None)
        if uri is None or uri in found:
            break
        found.append(uri)
        schema = contract.find(uri)
    parts = schema.get("allOf") if isinstance(schema, dict) and not found else None
    return found + [one for part in parts or () for one in own_refs(contract, part)]


def _add(contract: Contract, found: Flat, schema: Any, seen: list[str], grown: _Grown) -> None:
    if schema is False:
        found["never"] = True
    if not isinstance(schema, dict):
        return
    for key in ("$ref", "$dynamicRef"):
        if isinstance(uri := schema.get(key), str):
            if uri in seen:
                continue  # a parent that lists its children, which are again all of the parent
            seen.append(uri)
            found["refs"].append(uri)
            _add(contract, found, contract.find(uri), seen, grown)
    for part in schema.get("allOf") or ():
        _add(contract, found, part, seen, grown)
    for key, value in schema.items():
        if key not in ("$ref", "allOf", "$dynamicRef"):
            _merge(found, key, value, schema, grown)
    if schema.get("additionalProperties") is False and not schema.get("patternProperties"):
        found["closed"] = [*found.get("closed", ()), sorted(schema.get("properties") or ())]


def _merge(found: Flat, key: str, value: Any, schema: Mapping[str, Any], grown: _Grown) -> None:
    if key in _LISTED:
        one = schema if key == "if" else {"options": value, "schema": schema} if key in ("anyOf", "oneOf") else value
        found.setdefault(_LISTED[key], []).append(one)
    elif key not in found:
        found[key] = _types(value) if key == "type" else value
    elif key == "required":
        grown.setdefault(key, dict.fromkeys(found[key])).update(dict.fromkeys(value))
    elif key in _MAPS:
        found[key] = grown.setdefault(key, dict(found[key]))
        _merge_names(found[key], value)
    elif key in _MERGED:
        found[key] = _MERGED[key](found[key], value)
    elif _is_number(value) and _is_number(found[key]):
        found[key] = _tighter(key, found[key], value)
    elif key in _OUTERMOST:
        found[key] = value  # of the outermost part, which comes last


def _enum(one: Any, other: Any) -> Any:
    hashed = {value for value in other if isinstance(value, Hashable)}
    rest = [value for value in other if not isinstance(value, Hashable)]
    return [value for value in one if (value in hashed if isinstance(value, Hashable) else value in rest)]


def _merge_names(merged: dict[str, Any], other: Mapping[str, Any]) -> None:
    for name, schema in other.items():
        merged[name] = _both(merged[name], schema) if name in merged and merged[name] != schema else schema


def _both(one: Any, other: Any) -> Any:
    if one is False or other is False:
        return False
    if one is True or one == {} or one == other:
        return other
    return one if other is True or other == {} else {"allOf": [one, other]}


def _types(value: Any) -> list[str]:
    found = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    return [one for one in found if isinstance(one, str) and one in _SIMPLE]


def _types_of_both(one: list[str], other: list[str]) -> list[str]:
    def common() -> Iterator[str]:
        for kind in one:
            if kind in other or (kind == "integer" and "number" in other):
                yield kind
            elif kind == "number" and "integer" in other:
                yield "integer"

    return [*common()]


_MERGED: Mapping[str, Callable[[Any, Any], Any]] = {
    **dict.fromkeys(("items", "contains", "propertyNames", "additionalProperties", "unevaluatedProperties"), _both),
    "type": lambda one, other: _types_of_both(one, _types(other)),
    "enum": _enum,
    "closed": lambda one, other: [*one, *other],
    "uniqueItems": lambda one, other: one or other,
}
_OUTERMOST = frozenset({"example", "examples", "default", "title", "description", "discriminator", "format"})


def _tighter(key: str, one: float, other: float) -> float:
    if key == "multipleOf":
        return _common(one, other)
    return max(one, other) if key in _LOWER else min(one, other) if key in _UPPER else other


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _common(one: float, other: float) -> float:
    if float(one).is_integer() and float(other).is_integer():
        return math.lcm(int(one), int(other))
    return max(one, other)


def component(contract: Contract, uri: str) -> str:
    """The URI of what a schema is, if it is nothing but a `$ref`."""
    seen: set[str] = set()
    with suppress(KeyError, IndexError, ValueError, TypeError):
        while uri not in seen and isinstance(found := contract.find(uri), dict) and found.keys() == {"$ref"}:
            seen.add(uri)
            uri = found["$ref"]
    return uri
