"""Convert a stack to JSON and back; references stay unresolved, so the document contains no secret values."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from localenv.errors.problems import Position
from localenv.stack import jobs, model, parts, reaching, texts
from localenv.stack.model import Stack

VERSION = 1
_KIND = "~"  # the key with the type of an object
_ALL = [Position, *(one for module in (jobs, model, parts, reaching, texts) for one in vars(module).values())]
_CLASSES: Mapping[str, type[Any]] = {
    one.__name__: one for one in _ALL if isinstance(one, type) and (is_dataclass(one) or issubclass(one, Enum))
}


def document(stack: Stack) -> dict[str, Any]:
    """The stack as JSON, positions included."""
    return {"version": VERSION, "stack": _written(stack)}


def stack(document: Mapping[str, Any]) -> Stack | None:
    """The stack of a document; None if another version of localenv wrote it."""
    try:
        found = _read(document["stack"]) if document["version"] == VERSION else None
    except (LookupError, TypeError, ValueError):
        return None
    return found if isinstance(found, Stack) else None


def _written(value: Any) -> Any:
    match value:
        case Enum():
            return {_KIND: type(value).__name__, "value": value.value}
        case None | bool() | int() | float():
            return value
        case str():
            return str(value)
        case Path():
            return {_KIND: "Path", "value": str(value)}
        case tuple():
            return {_KIND: "tuple", "value": [_written(one) for one in value]}
        case list():
            return [_written(one) for one in value]
        case Mapping():
            return {_KIND: "dict", "value": {str(key): _written(one) for key, one in value.items()}}
        case _:
            members = {one.name: _written(getattr(value, one.name)) for one in fields(value)}
            return {_KIND: type(value).__name__, "value": members}


def _read(value: Any) -> Any:
    if isinstance(value, list):
        return [_read(one) for one in value]
    if not isinstance(value, dict):
        return value
    content = value["value"]
    match value[_KIND]:
        case "Path":
            return Path(content)
        case "tuple":
            return tuple(map(_read, content))
        case "dict":
            return {key: _read(one) for key, one in content.items()}
        case name if issubclass(_CLASSES[name], Enum):
            return _CLASSES[name](content)
        case name:
            return _CLASSES[name](**{key: _read(one) for key, one in content.items()})
