"""Examples that fit only where documents are taken leniently, changed in the places that do not fit strictly."""

import copy
from collections.abc import Iterator
from typing import Any

from localenv.stubs.sources.openapi.discriminating import naming
from localenv.stubs.sources.openapi.schemas import Direction, Misfit, Schemas

_MOST_PLACES = 100  # changed in one example
_ABSENT = object()
_Place = tuple[str | int, ...]


def corrected(schemas: Schemas, uri: str, example: Any, generated: Any) -> tuple[Any, list[Misfit]] | None:
    """An example of an answer that fits strictly, and what did not before; None if that is not found.

    A null that does not fit is left out, or replaced by what a generated answer has there; an object that needs the
    property of a discriminator gets it.
    """
    strict, direction = schemas.strict(uri), Direction.RESPONSE
    wrong, changed = strict.misfits(uri, example, direction), list[Misfit]()
    while wrong and len(changed) < _MOST_PLACES:
        place = wrong[0].place
        for value in _values(schemas, _at(example, place), _at(generated, place, is_first=True)):
            tried = _with(example, place, value)
            left = strict.misfits(uri, tried, direction)
            if len(left) < len(wrong):
                changed.append(wrong[0])
                example, wrong = tried, left
                break
        else:
            return None
    return None if wrong else (example, changed)


def _values(schemas: Schemas, value: Any, generated: Any) -> Iterator[Any]:
    """What may stand in a place instead of a value, the most similar first."""
    if value is None:
        yield _ABSENT
    if isinstance(value, dict):
        for name, text in naming(schemas.contract):
            if name not in value:
                yield {**value, name: text}
    if isinstance(value, dict | list):
        yield _without_null(value)
    if generated is not _ABSENT:
        yield generated


def _at(value: Any, place: _Place, *, is_first: bool = False) -> Any:
    """What a value has in a place; `is_first`: of each list the first item. Nothing is `_ABSENT`."""
    for key in place:
        key = 0 if is_first and isinstance(key, int) else key
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError):
            return _ABSENT
    return value


def _with(example: Any, place: _Place, value: Any) -> Any:
    """A copy of an example with another value in a place."""
    if not place:
        return {} if value is _ABSENT else copy.deepcopy(value)
    found = copy.deepcopy(example)
    parent = _at(found, place[:-1])
    if value is _ABSENT:
        del parent[place[-1]]
    else:
        parent[place[-1]] = copy.deepcopy(value)
    return found


def _without_null(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_null(one) for name, one in value.items() if one is not None}
    return [_without_null(one) for one in value if one is not None] if isinstance(value, list) else value
