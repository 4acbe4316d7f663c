"""Alternatives of a `oneOf` that allow much, made so that a value fits one of them alone."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from localenv.stubs.sources.openapi.merging import Flat

_Told = Mapping[str, str]  # the name of a property → a type that others do not allow


def alternatives(options: Sequence[Any], flat: Callable[[Any], Flat]) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Each alternative with properties that only others have, of types that these do not allow.

    The first is the one that is told apart from most others, with the fewest properties.
    """
    known = [_types(one, flat) for one in options]
    found = [_told(own, [other for other in known if other is not own]) for own in known]
    for place in sorted(range(len(options)), key=lambda place: (found[place][1], len(found[place][0]))):
        if told := found[place][0]:
            properties = {name: {"type": kind} for name, kind in told.items()}
            yield options[place], {"type": "object", "properties": properties, "required": [*told]}


def _types(option: Any, flat: Callable[[Any], Flat]) -> dict[str, Sequence[str]]:
    """The properties of an alternative, with the types of each; none for any."""
    return {name: flat(one).get("type", ()) for name, one in (flat(option).get("properties") or {}).items()}


def _told(own: Mapping[str, Any], others: list[dict[str, Sequence[str]]]) -> tuple[_Told, int]:
    """Properties that tell an alternative apart, and how many others are still like it."""
    told: dict[str, str] = {}
    while others:
        kinds: dict[tuple[str, str], int] = {}
        for name, kind in (each for one in others for each in _wrong(one) if each[0] not in (*own, *told)):
            kinds[name, kind] = kinds.get((name, kind), 0) + 1
        if not kinds:
            break
        name, kind = max(kinds, key=lambda one: kinds[one])
        told[name] = kind
        others = [one for one in others if (name, kind) not in _wrong(one)]
    return told, len(others)


def _wrong(properties: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    """For each property a type that it does not allow."""
    return [(name, "integer" if "string" in kinds else "string") for name, kinds in properties.items() if kinds]
