"""Copies of stubs that answer while the stubs themselves are replaced.

A stub server replaces a stub in two steps: it removes the old one, then it adds the new one. A request in between would
find none.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from localenv.stubs.asking import Asking
from localenv.stubs.importing import import_mappings
from localenv.stubs.layers import LayeredMapping

_MARK = "copy"
_OF_SERVER = ("uuid", "insertionIndex")  # keys that a server adds


def changed(mappings: Sequence[Mapping[str, Any]], before: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The mappings that the server has not got as they are; `before` are those that it has.

    It takes milliseconds to replace one, as it looks through all of them for it.
    """
    if not before:
        return [*mappings]
    known = {stub["id"]: _text(stub) for stub in before}
    return [one for one in mappings if known.get(one["id"]) != _text(one)]


def _text(mapping: Mapping[str, Any]) -> str:
    """A mapping as text; what the order of keys does not change has them sorted."""
    kept = {key: value for key, value in mapping.items() if key not in _OF_SERVER}
    body = mapping.get("response", {}).get("jsonBody")
    return json.dumps(kept, sort_keys=True) + json.dumps(body)


@contextmanager
def covered(
    asking: Asking, mappings: Sequence[Mapping[str, Any]], written: Sequence[LayeredMapping], there: Collection[str]
) -> Iterator[None]:
    """In the block, copies of those mappings whose ids are `there` already lie on top of them.

    Raises as `import_mappings` does, before anything is changed.
    """
    again = [(one, origin) for one, origin in zip(mappings, written, strict=True) if one["id"] in there]
    if not again:
        yield
        return
    import_mappings(asking, [_copy(one) for one, _ in again], [origin for _, origin in again])
    try:
        yield
    finally:
        asking.ask("POST", "/mappings/remove-by-metadata", json={"matchesJsonPath": f"$.localenv.{_MARK}"})


def _copy(mapping: Mapping[str, Any]) -> dict[str, Any]:
    metadata = mapping["metadata"]
    return {**mapping, "id": str(uuid4()), "metadata": {**metadata, "localenv": {**metadata["localenv"], _MARK: True}}}
