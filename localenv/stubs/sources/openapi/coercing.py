"""Values that travel as text, as their schemas mean them."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from localenv.stubs.sources.openapi.merging import Flat, flat
from localenv.stubs.sources.openapi.reading import Contract

_WORDS = {"true": True, "false": False}


def coerced(contract: Contract, given: Any, schema: Any) -> Any:
    """Text, lists of text, and objects of these as values; what a schema does not expect stays as it is."""
    found = _flat(contract, schema)
    if isinstance(given, Mapping):
        if "array" in kinds(contract, found) and all(one == "" or one.isdecimal() for one in given):
            return coerced(contract, _numbered(given), schema)
        every = [*_shapes(contract, found)]
        return {name: coerced(contract, one, _property(every, name)) for name, one in given.items()}
    if isinstance(given, list):
        if "array" not in kinds(contract, found) and len(given) == 1:
            return coerced(contract, given[0], schema)
        items = next((one["items"] for one in _shapes(contract, found) if "items" in one), True)
        return [coerced(contract, one, items) for one in given]
    if not isinstance(given, str):
        return given
    known = kinds(contract, found)
    is_item = given and "array" in known and known <= {"array", "null"}  # of a list with one
    return coerced(contract, [given], schema) if is_item else _scalar(given, known, found)


def _numbered(given: Mapping[str, Any]) -> list[Any]:
    """A list that is written as `[0]=…&[1]=…` or `[]=…`."""
    ordered = sorted(given, key=lambda one: (len(one), one))
    return [each for one in ordered for each in (given[one] if isinstance(given[one], list) else [given[one]])]


def _shapes(contract: Contract, found: Flat) -> Iterator[Flat]:
    """A schema, and its alternatives."""
    yield found
    for choice in found.get("choices", ()):
        yield from (_flat(contract, option) for option in choice["options"])


def _property(shapes: list[Flat], name: str) -> Any:
    known = (one["properties"] for one in shapes if isinstance(one.get("properties"), dict))
    listed = (one[name] for one in known if name in one)
    others = (one["additionalProperties"] for one in shapes if "additionalProperties" in one)
    return next(listed, next(others, True))


def _flat(contract: Contract, schema: Any) -> Flat:
    """As `flat`, which is asked for the same schema with each request."""
    uri = schema.get("$ref") if isinstance(schema, dict) and len(schema) == 1 else None
    if not isinstance(uri, str):
        return flat(contract, schema)
    if uri not in contract.known:
        contract.known[uri] = flat(contract, schema)
    found: Flat = contract.known[uri]
    return found


def kinds(contract: Contract, found: Flat) -> frozenset[str]:
    """The types that a schema or its alternatives name; empty for any."""
    named = set(found.get("type", ()))
    for choice in found.get("choices", ()) if not named else ():
        for option in choice["options"]:
            named |= kinds(contract, flat(contract, option))
    return frozenset(named)


def _scalar(text: str, known: frozenset[str], found: Flat) -> Any:
    values = [found["const"]] if "const" in found else found.get("enum") or ()
    is_other = not known and any(not isinstance(one, str) for one in values)
    if not is_other and not {"integer", "number", "boolean", "null"} & known:
        return text
    if text in _WORDS:
        return _WORDS[text] if "boolean" in known or is_other else text
    if text in ("", "null") and "null" in known:
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number and (is_other or {"integer", "number"} & known) else text
