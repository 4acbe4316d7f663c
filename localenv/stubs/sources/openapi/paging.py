"""How a list is asked for in pages: the parameters of an operation that say so, and what its answer tells of more."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from localenv.stubs.sources.openapi.merging import flat
from localenv.stubs.sources.openapi.operations import Operation
from localenv.stubs.sources.openapi.reading import Contract

_PARAMETERS: Mapping[str, frozenset[str]] = {
    "limit": frozenset(("limit", "perpage", "pagesize", "size", "maxresults", "count", "first", "top", "take")),
    "offset": frozenset(("offset", "skip", "start", "startat")),
    "page": frozenset(("page", "pagenumber", "pageno")),
    "after": frozenset((
        *("startingafter", "after", "cursor", "pagetoken", "nexttoken", "nextpagetoken", "continuationtoken"),
        *("startcursor", "marker"),
    )),
}  # fmt: skip
_MORE = frozenset(("hasmore", "hasnext", "hasnextpage", "istruncated"))
_NEXT = frozenset(("nextcursor", "nextpagetoken", "nexttoken", "next", "nextpage", "continuationtoken", "nextmarker"))


def paging(contract: Contract, operation: Operation, answer: str) -> dict[str, Any]:
    """What the responder needs to answer in pages; `answer` is the schema of the answer, or empty.

    `limit`, `offset`, `page` and `after` are names of query parameters, `default` the size of a page and `first` the
    number of the first one; `more` are properties that tell whether there is more, `next` those with the next cursor,
    each with its value on the last page.
    """
    found: dict[str, Any] = {}
    for one in operation.parameters:
        kind = next((kind for kind, names in _PARAMETERS.items() if _plain(one.name) in names), "")
        if one.place != "query" or not kind or kind in found:
            continue
        schema = flat(contract, {"$ref": one.schema}) if one.schema else {}
        found[kind] = one.name
        if kind == "limit" and _is_number(schema.get("default")):
            found["default"] = schema["default"]
        if kind == "page":
            found["first"] = 0 if 0 in (schema.get("minimum"), schema.get("default")) else 1
    return {**found, **_told(contract, answer)} if found else {}


def _told(contract: Contract, answer: str) -> dict[str, Any]:
    about = flat(contract, {"$ref": answer}) if answer else {}
    properties: Mapping[str, Any] = about.get("properties") or {}
    required = about.get("required") or ()
    return {
        "more": [name for name in properties if _plain(name) in _MORE],
        "next": {
            name: _last(flat(contract, schema).get("type", ()), is_required=name in required)
            for name, schema in properties.items()
            if _plain(name) in _NEXT
        },
    }


def _last(kinds: Iterable[str], *, is_required: bool) -> list[Any]:
    """The value on the last page in a list, which is empty where the property is left out."""
    if "null" in kinds:
        return [None]
    return [""] if is_required else []


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
