"""Which of a resource's items a list shows, and in which order: the parameters of an operation that ask for it."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from localenv.stubs.sources.openapi.merging import flat
from localenv.stubs.sources.openapi.operations import Operation, Parameter
from localenv.stubs.sources.openapi.reading import Contract

_BY = frozenset(("sort", "sortby", "orderby", "ordering", "sortfield"))
_BOUNDS: Mapping[str, str] = {
    **dict.fromkeys(("min", "minimum", "from", "since", "gte", "ge"), "ge"),
    **dict.fromkeys(("max", "maximum", "to", "until", "lte", "le"), "le"),
    **dict.fromkeys(("after", "gt"), "gt"),
    **dict.fromkeys(("before", "lt"), "lt"),
}
_ENDS = ("", "at", "on", "date", "time")  # of the name of a field: `created_after` is about `created_at`
_SEARCHES = frozenset(("q", "query", "search", "searchterm", "searchtext", "searchquery", "keyword", "keywords"))
_DIRECTION = frozenset(("order", "direction", "dir", "sortorder", "sortdirection", "sortdir", "orderdirection"))


def filters(contract: Contract, one: Operation, properties: Mapping[str, Any]) -> Iterator[str]:
    """The parameters of a list that name a plain field of its items."""
    for each in one.parameters:
        is_plain = each.place == "query" and each.schema and not each.is_list and each.name in properties
        if is_plain and not {"object", "array"} & set(flat(contract, properties[each.name]).get("type", ())):
            yield each.name


def ranges(contract: Contract, one: Operation, properties: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """The parameters of a list that are a bound of a number or date of its items, such as `min_price`.

    Each with the field, and how its value has to compare: `ge`, `gt`, `le` or `lt`.
    """
    fields = {_letters(name): name for name, schema in properties.items() if _is_ordered(contract, schema)}
    found: dict[str, dict[str, str]] = {}
    for name in (text for each in one.parameters if each.place == "query" for text in _names(contract, each)):
        first, *rest = _words(name) or [""]
        for bound, others in ((first, rest), ((rest or [""])[-1], [first, *rest[:-1]])):
            field = next((fields[text] for end in _ENDS if (text := "".join(others) + end) in fields), "")
            if bound in _BOUNDS and field and name not in properties:
                found.setdefault(name, {"field": field, "is": _BOUNDS[bound]})
    return found


def searches(one: Operation) -> list[str]:
    """The parameters of a list that are texts to find in its items."""
    return [each.name for each in one.parameters if each.place == "query" and _letters(each.name) in _SEARCHES]


def sorting(one: Operation) -> dict[str, str]:
    """The parameters of a list that tell by which field it is sorted, and in which direction; empty for none."""
    names = {re.sub(r"[^a-z]", "", each.name.lower()): each.name for each in one.parameters if each.place == "query"}
    by = next((name for plain, name in names.items() if plain in _BY), "")
    direction = next((name for plain, name in names.items() if plain in _DIRECTION), "")
    return {"by": by, "direction": direction} if by else {}


def _names(contract: Contract, one: Parameter) -> Iterator[str]:
    """The names that a parameter has in a query: that of an object has one for each of its properties."""
    yield one.name
    schema = flat(contract, {"$ref": one.schema or one.fields}) if one.schema or one.fields else {}
    options = (option for choice in schema.get("choices", ()) for option in choice["options"])
    for each in (schema, *(flat(contract, option) for option in options)):
        yield from (f"{one.name}[{name}]" for name in each.get("properties") or ())


def _is_ordered(contract: Contract, schema: Any) -> bool:
    found = flat(contract, schema)
    is_date = found.get("format") in ("date", "date-time")
    return is_date or bool({"number", "integer"} & set(found.get("type", ())))


def _words(name: str) -> list[str]:
    """The words of a name: `minPrice`, `min_price` and `price[gte]` have two."""
    return [one.lower() for one in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+", name)]


def _letters(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
