"""Documents that differ in some places, for as long as they are copied: copies in Python would take too much."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any


def without_examples(document: Any) -> Any:
    """A document without the examples that others refer to, which are no schemas; they are half of some."""
    components = document.get("components") if isinstance(document, dict) else None
    if not isinstance(components, dict):
        return document
    return {**document, "components": {key: one for key, one in components.items() if key != "examples"}}


@contextmanager
def replaced(parts: Sequence[tuple[dict[str, Any], Mapping[str, Any]]]) -> Iterator[None]:
    """Schemas with other values for some keywords, for a while."""
    before = [(schema, {key: schema[key] for key in other if key in schema}, other) for schema, other in parts]
    for schema, other in parts:
        schema.update(other)
    try:
        yield
    finally:
        for schema, values, other in reversed(before):
            for key in other:
                del schema[key]
            schema.update(values)
