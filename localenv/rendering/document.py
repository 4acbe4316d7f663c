"""A Compose file as values, and as text that every YAML parser reads the same way."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from localenv.rendering.templating import quoted

_HEAD = "# Rendered by localenv from the repository's description and its envs/templates; a change belongs there.\n"
_DOLLAR = re.compile(r"\$(?:\$|\{[A-Za-z_][A-Za-z0-9_]*(?::-)?\})?")  # also what Compose does not treat as a variable


def text(document: Mapping[str, Any]) -> str:
    """The file: blocks down to the keys of services, and every value below as JSON."""
    return _HEAD + "".join(_block(document, 0))


def variables(value: Any) -> Iterator[str]:
    """The `$` expressions in a value: `${NAME}`, or any other `$` with its text.

    An escaped `$$` is not one: Compose converts it to `$`.
    """
    match value:
        case str():
            for found in _DOLLAR.finditer(value):
                if found[0] == "$":
                    yield value[found.start() : found.start() + 20]
                elif found[0] != "$$":
                    yield found[0]
        case Mapping():
            for item in value.values():
                yield from variables(item)
        case list() | tuple():
            for item in value:
                yield from variables(item)


def _block(document: Mapping[str, Any], depth: int) -> Iterator[str]:
    for key, value in document.items():
        if isinstance(value, Mapping) and value and depth < 2:
            yield f"{'  ' * depth}{quoted(key)}:\n"
            yield from _block(value, depth + 1)
        else:
            yield f"{'  ' * depth}{quoted(key)}: {quoted(value)}\n"
