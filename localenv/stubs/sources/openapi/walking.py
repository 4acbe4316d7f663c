"""The parts of a schema: its own, and those of what it refers to."""

from collections.abc import Iterable, Iterator
from typing import Any

from localenv.stubs.sources.openapi.pointers import BASE
from localenv.stubs.sources.openapi.reading import Contract


def parts(contract: Contract, schemas: Iterable[Any]) -> Iterator[dict[str, Any]]:
    """Every part of some values, and of those they refer to."""
    open_ = [*schemas]
    seen: set[str] = set()
    while open_:
        value = open_.pop()
        if isinstance(value, dict):
            yield value
            if isinstance(ref := value.get("$ref"), str) and ref.startswith(BASE) and ref not in seen:
                seen.add(ref)
                open_.append(contract.find(ref))
            open_ += value.values()
        elif isinstance(value, list):
            open_ += value


def within(value: Any) -> Iterator[dict[str, Any]]:
    """Every part of a value, but not what these refer to."""
    open_ = [value]
    while open_:
        value = open_.pop()
        if isinstance(value, dict):
            yield value
            open_ += value.values()
        elif isinstance(value, list):
            open_ += value
