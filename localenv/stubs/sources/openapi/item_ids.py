"""The ids of new items of a resource."""

import re
from typing import Any

from localenv.stubs.sources.openapi import generating
from localenv.stubs.sources.openapi.merging import Flat, flat
from localenv.stubs.sources.openapi.schemas import BrokenSchema, Direction, Schemas

_IDS = 64  # prepared ids of a kind that cannot be counted up
_LONGER = 9  # characters that the responder adds to the prefix of an id


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
