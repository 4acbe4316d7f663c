"""The `$ref`s of a contract: those that lead back to themselves, and those of maps."""

from collections.abc import Callable, Mapping, Sequence
from itertools import takewhile
from typing import Any

from localenv.stubs.sources.openapi.pointers import BASE, anchors, pointed


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


def make_static(schema: dict[str, Any]) -> None:
    """Make a `$dynamicRef` a `$ref`, in place: what extends a schema does not change what that refers to."""
    if "$dynamicRef" in schema:
        schema.setdefault("$ref", schema.pop("$dynamicRef"))


def follow_anchors(refs: dict[str, str], documents: Sequence[Any], find: Callable[[str], Any]) -> None:
    """Make each `$ref` to an anchor one with a JSON pointer, in place; of several anchors the nearest is taken.

    `refs`: where each stands, and what it leads to. One that leads nowhere stays.
    """
    parts = {place: target.partition("#") for place, target in refs.items()}
    named = {place: one for place, one in parts.items() if one[2][:1] not in ("", "/")}
    files = {file: _anchors(documents[int(file.removeprefix(BASE))]) for file, _, _ in named.values()}
    for place, (file, _, anchor) in named.items():
        if known := [f"{file}{one}" for one in files[file].get(anchor, ())]:
            find(place)["$ref"] = refs[place] = max(known, key=lambda one: _nearness(one, place))


def _anchors(document: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for anchor, where in anchors(document):
        found.setdefault(anchor, []).append(pointed(where))
    return found


def _nearness(one: str, other: str) -> int:
    """How many parts the beginnings of two URIs have in common."""
    pairs = zip(one.split("/"), other.split("/"), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


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
