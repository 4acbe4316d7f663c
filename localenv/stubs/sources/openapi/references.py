"""The `$ref`s of a contract: those that lead back to themselves, and those of maps."""

from collections.abc import Callable, Mapping
from typing import Any


def endless(refs: Mapping[str, str]) -> str:
    """The first place of a `$ref` that leads back to itself; empty if there is none."""
    ending: set[str] = set()
    for place, target in refs.items():
        seen = {place}
        while target in refs and target not in ending:
            if target in seen:
                return place
            seen.add(target)
            target = refs[target]
        ending |= seen
    return ""


def join(value: dict[str, Any], find: Callable[[str], Any]) -> None:
    """Put into a map what its `$ref` leads to, in place; one that leads nowhere is left as a part of that name.

    `find` returns the value that a `$ref` leads to, and raises KeyError.
    """
    if not isinstance(ref := value.get("$ref"), str):
        return  # done
    try:
        found = find(ref)
    except KeyError:
        found = None
    if not isinstance(found, dict):
        value["$ref"] = {"$ref": ref}
        return
    del value["$ref"]
    join(found, find)
    for name, one in found.items():
        value.setdefault(name, one)
