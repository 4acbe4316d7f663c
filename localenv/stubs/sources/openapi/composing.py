"""Generate objects and arrays from the values of their parts."""

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Protocol

from localenv.stubs.sources.openapi import scalars
from localenv.stubs.sources.openapi.merging import Flat

_MOST_ITEMS = 200
_TELLING: Mapping[str, tuple[str, ...]] = {
    "object": ("properties", "required", "additionalProperties", "minProperties", "patternProperties"),
    "array": ("items", "prefixItems", "minItems", "maxItems", "contains"),
    "string": ("patterns", "minLength", "maxLength", "format"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
}


class Impossible(Exception):  # noqa: N818 - an answer, not a failure
    """No value fits, or none without an end."""


@dataclass(frozen=True)
class Way:
    """How to generate: with examples of the document, with optional properties, with which variation."""

    with_examples: bool = True
    with_optional: bool = True
    is_checked: bool = True  # each part is, before the whole: that finds what fits, but a part is mostly right
    is_proven: bool = False  # a part of which no value fits is left out
    is_apart: bool = False  # with a property that one alternative of a `oneOf` does not have, and another refuses
    with_foreign: bool = False  # with properties of the other direction, where they are required
    seed: int = 0


class Parts(Protocol):
    """Generates the parts of an object or array."""

    way: Way

    @property
    def is_full(self) -> bool:
        """Whether the value is so large or deep that optional parts are left out."""

    def value(self, schema: Any, name: str, seed: int) -> Any:
        """A value; raises Impossible."""

    def is_foreign(self, schema: Any) -> bool:
        """Whether a property is only for the other direction."""


def made_object(parts: Parts, found: Flat, seed: int) -> dict[str, Any]:
    """An object with its required properties, and optional ones; raises Impossible."""
    allowed = [*map(frozenset, found.get("closed", ()))]
    properties = {
        name: one for name, one in (found.get("properties") or {}).items() if all(name in names for names in allowed)
    }
    required = dict.fromkeys(one for one in found.get("required") or () if isinstance(one, str))
    made = _listed(parts, properties, required, seed)
    for name in required:
        if name not in made and not parts.is_foreign(properties.get(name)):
            made[name] = parts.value(_additional(found, name), name, seed)
    _dependencies(parts, found, made, seed)
    most = found.get("maxProperties")
    if isinstance(most, int) and len(made) > most:
        kept = sorted(made, key=lambda one: one not in required)[:most]
        made = {name: one for name, one in made.items() if name in kept}
    for number in range(1, _MOST_ITEMS):
        if len(made) >= int(found.get("minProperties", 0)):
            break
        key = _key(parts, found, number)
        made.setdefault(key, parts.value(_additional(found, key), key, seed))
    if not properties and not made and isinstance(found.get("additionalProperties"), dict):
        _add_one(parts, found, made, seed)
    return made


def made_array(parts: Parts, found: Flat, name: str, seed: int) -> list[Any]:
    """An array with as many items as it must have, at least one where it can; raises Impossible."""
    least, most = int(found.get("minItems", 0)), found.get("maxItems")
    first = found.get("prefixItems") or ()
    items = found.get("items", True)
    wanted = max(least, len(first), 1)
    wanted = min(wanted, int(most)) if most is not None else wanted
    if parts.is_full:
        wanted = least
    made: list[Any] = []
    if wanted > _MOST_ITEMS:
        raise Impossible
    for number in range(wanted):
        schema = first[number] if number < len(first) else items
        try:
            made.append(_item(parts, found, schema, name, seed + number, made))
        except Impossible:
            if len(made) >= least:
                break
            raise
    if isinstance(contains := found.get("contains"), dict) and (count := int(found.get("minContains", 1))):
        if count > _MOST_ITEMS:
            raise Impossible
        both = {"allOf": [contains, items]}
        wanted_ones = [parts.value(both, name, seed + number) for number in range(count)]
        made = [*made[: max(len(first), int(most or 1 << 30) - count)], *wanted_ones]
        made = [*made[: len(first)], *made[-max(count, least - len(first)) :]]
    return made


def examples(found: Flat) -> Iterator[Any]:
    """The first examples of a schema, and its default."""
    if isinstance(listed := found.get("examples"), list):
        yield from listed[:3]
    for key in ("example", "default"):
        if found.get(key) is not None:
            yield found[key]


def guessed(found: Flat) -> str | None:
    """The type of a schema that names none."""
    for kind, keys in _TELLING.items():
        if any(key in found for key in keys):
            return kind
    return "string"


def _item(parts: Parts, found: Flat, schema: Any, name: str, seed: int, made: list[Any]) -> Any:
    singular = name[:-1] if name.endswith("s") else name
    for attempt in range(_MOST_ITEMS if found.get("uniqueItems") else 1):
        if attempt or (made and found.get("uniqueItems")):
            keep, parts.way = parts.way, replace(parts.way, with_examples=False)
        else:
            keep = parts.way
        try:
            one = parts.value(schema, singular, seed + attempt)
        finally:
            parts.way = keep
        if not found.get("uniqueItems") or one not in made:
            return one
    raise Impossible


def _listed(parts: Parts, properties: Mapping[str, Any], required: Collection[str], seed: int) -> dict[str, Any]:
    """The properties that the schema lists; an optional one that would be null or have no end is left out."""
    made: dict[str, Any] = {}
    for name, schema in properties.items():
        if parts.is_foreign(schema) or (name not in required and not _is_wanted(parts, schema)):
            continue
        try:
            value = parts.value(schema, name, seed)
        except Impossible:
            if name in required:
                raise
            continue
        if value is not None or name in required:
            made[name] = value
    return made


def _dependencies(parts: Parts, found: Flat, made: dict[str, Any], seed: int) -> None:
    for name, more in (found.get("dependentRequired") or {}).items():
        for one in more if name in made else ():
            if one not in made:
                made[one] = parts.value((found.get("properties") or {}).get(one, _additional(found, one)), one, seed)


def _key(parts: Parts, found: Flat, number: int) -> str:
    patterns = found.get("patternProperties")
    if patterns and found.get("additionalProperties") is False:
        pattern = next(iter(patterns))
        key = next(scalars.texts({"patterns": [pattern]}, "key", number - 1))
        return longer if number > 1 and re.search(pattern, longer := f"{key}{number}") else key
    if isinstance(names := found.get("propertyNames"), dict):
        return str(parts.value({"type": "string", **names} if "$ref" not in names else names, "key", number - 1))
    return f"key{number}"


def _add_one(parts: Parts, found: Flat, made: dict[str, Any], seed: int) -> None:
    with suppress(Impossible):  # empty, which is allowed
        key = _key(parts, found, 1)
        made[key] = parts.value(_additional(found, key), key, seed)


def _is_wanted(parts: Parts, schema: Any) -> bool:
    """Whether an optional property is generated."""
    if not parts.way.with_optional or parts.is_full:
        return False
    return not (isinstance(schema, dict) and schema.get("deprecated") is True)


def _additional(found: Flat, name: str) -> Any:
    """The schema of a property that is not listed."""
    for pattern, schema in (found.get("patternProperties") or {}).items():
        if re.search(pattern, name):
            return schema
    for key in ("additionalProperties", "unevaluatedProperties"):
        if key in found:
            return found[key]
    return True
