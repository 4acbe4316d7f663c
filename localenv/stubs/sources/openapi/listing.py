"""Which of a resource's items a list shows, and in which order: the parameters of an operation that ask for it."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from localenv.stubs.sources.openapi.merging import flat
from localenv.stubs.sources.openapi.operations import Operation
from localenv.stubs.sources.openapi.reading import Contract

_BY = frozenset(("sort", "sortby", "orderby", "ordering", "sortfield"))
_DIRECTION = frozenset(("order", "direction", "dir", "sortorder", "sortdirection", "sortdir", "orderdirection"))


def filters(contract: Contract, one: Operation, properties: Mapping[str, Any]) -> Iterator[str]:
    """The parameters of a list that name a plain field of its items."""
    for each in one.parameters:
        is_plain = each.place == "query" and each.schema and not each.is_list and each.name in properties
        if is_plain and not {"object", "array"} & set(flat(contract, properties[each.name]).get("type", ())):
            yield each.name


def sorting(one: Operation) -> dict[str, str]:
    """The parameters of a list that tell by which field it is sorted, and in which direction; empty for none."""
    names = {re.sub(r"[^a-z]", "", each.name.lower()): each.name for each in one.parameters if each.place == "query"}
    by = next((name for plain, name in names.items() if plain in _BY), "")
    direction = next((name for plain, name in names.items() if plain in _DIRECTION), "")
    return {"by": by, "direction": direction} if by else {}
