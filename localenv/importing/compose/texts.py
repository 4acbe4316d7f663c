"""Values of a Compose file as texts, as Compose passes them on."""

from collections.abc import Iterable, Mapping
from typing import Any


def text(value: Any) -> str:
    """A scalar as a program gets it."""
    match value:
        case None:
            return ""
        case True | False:
            return str(value).lower()
        case float():
            return f"{value:g}" if value == round(value, 6) else repr(value)
        case Mapping() | list():
            return ""
        case _:
            return str(value)


def listed(value: Any) -> list[Any]:
    """One item or a list, as a list."""
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def mapped(value: Any) -> dict[str, Any]:
    """A mapping; empty for anything else."""
    return {str(key): one for key, one in value.items()} if isinstance(value, Mapping) else {}


def joined(words: Iterable[str]) -> str:
    """`a, b`."""
    return ", ".join(words)
