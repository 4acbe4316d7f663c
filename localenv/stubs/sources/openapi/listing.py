"""Which of a resource's items a list shows, and in which order: the parameters of an operation that ask for it."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from localenv.stubs.sources.openapi.lettering import letters, words
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


def filters(contract: Contract, one: Operation, properties: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """The parameters of a list that name a field of its items, as `status`, or of what a list in them has, as `tag`.

    Each with the field, and what separates several values in one text; empty for nothing.
    """
    kinds = {name: _field_kind(contract, schema) for name, schema in properties.items()}
    found: dict[str, dict[str, str]] = {}
    for each in one.parameters:
        name = each.name if each.name in kinds else f"{each.name}s"
        is_named = kinds.get(name) == "list" or (kinds.get(name) == "plain" and name == each.name)
        if is_named and each.place == "query" and each.schema and not each.is_json:
            separator = "," if each.is_list and each.style == "form" and not each.is_exploded else ""
            found[each.name] = {"field": name, "separator": separator}
    return found


def _field_kind(contract: Contract, schema: Any) -> str:
    """Whether a field is `plain`, or a `list` of plain ones; empty for another."""
    about = flat(contract, schema)
    kinds = set(about.get("type", ()))
    if "array" in kinds and "items" in about:
        return "list" if _field_kind(contract, about["items"]) == "plain" else ""
    return "" if {"object", "array"} & kinds else "plain"


def ranges(contract: Contract, one: Operation, properties: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """The parameters of a list that are a bound of a number or date of its items, such as `min_price`.

    Each with the field, and how its value has to compare: `ge`, `gt`, `le` or `lt`.
    """
    fields = {letters(name): name for name, schema in properties.items() if _is_ordered(contract, schema)}
    found: dict[str, dict[str, str]] = {}
    for name in (text for each in one.parameters if each.place == "query" for text in _names(contract, each)):
        first, *rest = words(name) or [""]
        for bound, others in ((first, rest), ((rest or [""])[-1], [first, *rest[:-1]])):
            field = next((fields[text] for end in _ENDS if (text := "".join(others) + end) in fields), "")
            if bound in _BOUNDS and field and name not in properties:
                found.setdefault(name, {"field": field, "is": _BOUNDS[bound]})
    return found


def searches(one: Operation) -> list[str]:
    """The parameters of a list that are texts to find in its items."""
    return [each.name for each in one.parameters if each.place == "query" and letters(each.name) in _SEARCHES]


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
