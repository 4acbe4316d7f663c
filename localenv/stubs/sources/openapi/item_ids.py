"""Which property of an item is its id, and the ids of new ones."""

import re
from collections.abc import Mapping
from typing import Any

from localenv.stubs.sources.openapi import generating
from localenv.stubs.sources.openapi.lettering import letters, words
from localenv.stubs.sources.openapi.merging import Flat, flat
from localenv.stubs.sources.openapi.schemas import BrokenSchema, Direction, Schemas

_IDS = 64  # prepared ids of a kind that cannot be counted up
_PLURAL = 3  # letters by which it differs: entry, entries
_LONGER = 9  # characters that the responder adds to the prefix of an id
_USUAL = ("id", "uuid", "key", "slug", "name")


def key(parameter: str, properties: Mapping[str, Any], collection: str = "") -> str:
    """The property that holds what a path's parameter names; empty for none.

    `issue_number` is that, `number`, or `id` or the like; `id` may be `issue_id` in the collection `/issues`.
    """
    plain: dict[str, str] = {letters(name): name for name in reversed([*properties])}
    parts = words(parameter)
    named = [letters(parameter), *("".join(parts[start:]) for start in range(1, len(parts)))]
    own = (text for text in plain if _is_in(text, collection, letters(parameter)))
    return next((plain[one] for one in (*named, *own, *_USUAL) if one in plain), "")


def _is_in(name: str, collection: str, parameter: str) -> bool:
    """Whether a name is that of an item, as `issue` in `/issues`, with a parameter."""
    item, last = name.removesuffix(parameter), letters(collection.rpartition("/")[2])
    return item not in ("", name) and last.startswith(item[:-1]) and abs(len(last) - len(item)) <= _PLURAL


def ids(schemas: Schemas, schema: Any, example: Any, name: str) -> dict[str, Any]:
    """How a new id is made: counted up, a UUID, a text that is counted up, or one of a list."""
    found: Flat = flat(schemas.contract, schema)
    if "integer" in found.get("type", ()):
        return {"kind": "integer"}
    if found.get("format") == "uuid":
        return {"kind": "uuid"}
    prefix = re.sub(r"[-_ ]?\d+$", "", str(example)) or name
    is_short = len(prefix) + _LONGER > found.get("maxLength", 1 << 62)
    if found.get("patterns") or is_short or "enum" in found or "choices" in found:
        every = (_made(schemas, schema, seed) for seed in range(_IDS))
        return {"kind": "list", "values": list(dict.fromkeys(str(one) for one in every if one is not None))}
    return {"kind": "text", "prefix": prefix}


def _made(schemas: Schemas, schema: Any, seed: int) -> Any:
    try:
        return generating.generate_inline(schemas, schema, Direction.RESPONSE, seed=seed)
    except BrokenSchema:
        return None
