"""Where the item of a resource is in a body, all of it or a part as in {"data": {…}}, and which fields are kept."""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from localenv.stubs.sources.openapi import closing
from localenv.stubs.sources.openapi.echoing import is_compatible
from localenv.stubs.sources.openapi.merging import flat
from localenv.stubs.sources.openapi.operations import Media
from localenv.stubs.sources.openapi.reading import Contract
from localenv.stubs.sources.openapi.schemas import Direction

_ENDED = re.compile(
    "(is)?(deleted|removed|archived|cancell?ed|closed|revoked|expired|suspended|disabled|trashed)(at|on|by|date|time)?"
)
_MOST = 20_000  # characters of a schema to check a field with


@dataclass(frozen=True, kw_only=True)
class ItemSchema:
    """The schema of an item, and the names that lead to it in a body."""

    schema: Any = field(repr=False)
    properties: Mapping[str, Any] = field(repr=False)
    at: tuple[str, ...] = ()


def parts(contract: Contract, schema: Any) -> Iterator[ItemSchema]:
    """The objects that may be the item of a body: all of it, then each that is a property."""
    properties = flat(contract, schema).get("properties") or {}
    yield ItemSchema(schema=schema, properties=properties)
    for name, one in properties.items():
        if inner := flat(contract, one).get("properties"):
            yield ItemSchema(schema=one, properties=inner, at=(name,))


def with_most(contract: Contract, schema: Any, names: Collection[str]) -> ItemSchema | None:
    """The part of a body with the most of these properties; None if none has any."""
    found = max(parts(contract, schema), key=lambda one: len(one.properties.keys() & names))
    return found if found.properties.keys() & names else None


def kept_fields(contract: Contract, given: Mapping[str, Any], shown: Mapping[str, Any]) -> dict[str, Any]:
    """The properties of a request that an answer can have too, each with the schema that its value has to fit.

    Those that only a request or only an answer has are left out, and those whose schema is too large.
    """
    found: dict[str, Any] = {}
    for name in (one for one in given if one in shown):
        asked, wanted = flat(contract, given[name]), flat(contract, shown[name])
        if asked.get("readOnly") is True or wanted.get("writeOnly") is True:
            continue
        if is_compatible(asked, wanted):
            found[name] = True
        elif (schema := _closed(contract, shown[name])) is not None:
            found[name] = schema
    return found


def is_open(contract: Contract, content: Collection[Media]) -> bool:
    """Whether a request may have any fields: as a body of JSON without a schema, or with one that names none."""
    found = [flat(contract, {"$ref": one.schema}) if one.schema else {} for one in content]
    return any(
        "array" not in one.get("type", ())
        and not one.get("properties")
        and not one.get("choices")
        and one.get("additionalProperties") is not False
        for one in found
    )


def of_new(contract: Contract, item: ItemSchema) -> dict[str, list[Any]]:
    """The properties that tell of an item's end, such as `deletedAt`: in a list what a new one has; empty for none."""
    required = flat(contract, item.schema).get("required") or ()
    found: dict[str, list[Any]] = {}
    for name, one in item.properties.items():
        about = flat(contract, one) if _ENDED.fullmatch(re.sub("[^a-z]", "", name.lower())) else {}
        kinds = about.get("type", ())
        if "null" in kinds:
            found[name] = [None]
        elif [*kinds] == ["boolean"] and not {"const", "enum"} & about.keys():
            found[name] = [False]
        elif about and name not in required and "boolean" not in kinds:
            found[name] = []
    return found


def own_fields(contract: Contract, item: ItemSchema) -> dict[str, Any]:
    """The properties of an item that a request may change, with their schemas."""
    changeable = {name: one for name, one in item.properties.items() if flat(contract, one).get("readOnly") is not True}
    every = {name: _closed(contract, one) for name, one in changeable.items()}
    return {name: one for name, one in every.items() if one is not None}


def _closed(contract: Contract, schema: Any) -> Any:
    try:
        found = closing.closed(contract, schema, Direction.RESPONSE)
    except (closing.TooLarge, KeyError):
        return None
    return found if len(json.dumps(found)) < _MOST else None
