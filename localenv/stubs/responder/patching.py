"""An item after a PATCH: a JSON patch (RFC 6902), a JSON merge patch (RFC 7396), or the fields that change."""

import copy
from collections.abc import Mapping
from typing import Any

JSON_PATCH = "application/json-patch+json"

_MERGE_PATCH = "application/merge-patch+json"
_JSON_API = "application/vnd.api+json"  # its attributes and relationships keep what a request leaves out


class PatchError(ValueError):
    """A JSON patch that cannot be applied."""


def fields(item: Mapping[str, Any], given: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """The fields that a request of a content type changes, with their new values."""
    if not kind.startswith((_MERGE_PATCH, _JSON_API)):
        return dict(given)
    has_removals = kind.startswith(_MERGE_PATCH)
    return {
        name: _merged(item.get(name), value, has_removals=has_removals) if isinstance(value, dict) else value
        for name, value in given.items()
    }


def applied(item: Any, operations: Any) -> Any:
    """An item after the operations of a JSON patch; raises PatchError."""
    found = copy.deepcopy(item)
    for one in operations if isinstance(operations, list) else ():
        try:
            _apply(found, one)
        except (LookupError, ValueError, TypeError, AttributeError) as error:
            raise PatchError(f"cannot be applied: {one}") from error
    return found


def _merged(item: Any, patch: Mapping[str, Any], *, has_removals: bool) -> dict[str, Any]:
    found = dict(item) if isinstance(item, dict) else {}
    for name, value in patch.items():
        if value is None and has_removals:
            found.pop(name, None)
        else:
            is_inner = isinstance(value, dict)
            found[name] = _merged(found.get(name), value, has_removals=has_removals) if is_inner else value
    return found


def _apply(item: Any, one: Mapping[str, Any]) -> None:
    match one["op"]:
        case "test":
            if _found(item, one["path"]) != one["value"]:
                raise PatchError
        case "remove":
            _remove(item, one["path"])
        case "add":
            _add(item, one["path"], one["value"])
        case "replace":
            _remove(item, one["path"])
            _add(item, one["path"], one["value"])
        case "move":
            _add(item, one["path"], _remove(item, one["from"]))
        case "copy":
            _add(item, one["path"], copy.deepcopy(_found(item, one["from"])))
        case _:
            raise PatchError


def _steps(pointer: str) -> list[str]:
    if not pointer.startswith("/"):
        raise PatchError
    return [one.replace("~1", "/").replace("~0", "~") for one in pointer[1:].split("/")]


def _found(item: Any, pointer: str) -> Any:
    for step in _steps(pointer):
        item = item[int(step)] if isinstance(item, list) else item[step]
    return item


def _around(item: Any, pointer: str) -> tuple[Any, str]:
    above, _, last = pointer.rpartition("/")
    return _found(item, above) if above else item, _steps(f"/{last}")[0]


def _remove(item: Any, pointer: str) -> Any:
    around, key = _around(item, pointer)
    return around.pop(int(key) if isinstance(around, list) else key)


def _add(item: Any, pointer: str, value: Any) -> None:
    around, key = _around(item, pointer)
    if not isinstance(around, list):
        around[key] = value
        return
    at = len(around) if key == "-" else int(key)
    if not 0 <= at <= len(around):
        raise PatchError
    around.insert(at, value)
