"""The items of a list that a request asks for, in the order that it asks for."""

import json
import re
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import parse_qsl

from localenv.stubs.responder.bounds import within
from localenv.stubs.responder.versions import ResourceItems

_PLAIN = re.compile(r"[\w\s.,@'+-]+")
_ASKED = re.compile(r"(?P<sign>[-+ ]?)(?P<name>[\w.]+?)(?:[\s:,.|]+(?P<way>asc|desc)\w*)?", re.IGNORECASE)


def chosen(plan: Mapping[str, Any], query: str, items: ResourceItems) -> ResourceItems:
    """The items of a resource that its list shows."""
    found = _searched(plan.get("searches", ()), query, _filtered(plan.get("filters", {}), query, items))
    return _ordered(plan.get("sorting", {}), query, _bounded(plan.get("ranges", {}), query, found))


def _filtered(filters: Mapping[str, Mapping[str, str]], query: str, items: ResourceItems) -> ResourceItems:
    """The items whose fields are, or have in a list, one of what their parameters ask for."""
    asked: dict[str, set[str]] = {}
    for name, value in parse_qsl(query):
        if about := filters.get(name):
            separator = about["separator"]
            asked.setdefault(about["field"], set()).update(value.split(separator) if separator else [value])
    return {key: one for key, one in items.items() if all(_has(one.get(name), asked[name]) for name in asked)}


def _has(value: Any, asked: Collection[str]) -> bool:
    return any(_text(one) in asked for one in (value if isinstance(value, list) else [value]))


def _bounded(ranges: Mapping[str, Mapping[str, str]], query: str, items: ResourceItems) -> ResourceItems:
    """The items whose fields are within what parameters such as `min_price` ask for."""
    for name, value in parse_qsl(query):
        if about := ranges.get(name):
            items = {key: one for key, one in items.items() if within(one.get(about["field"]), about["is"], value)}
    return items


def _searched(names: Collection[str], query: str, items: ResourceItems) -> ResourceItems:
    """The items with every word of a text somewhere; a text with operators, as `is:open`, is not taken as words."""
    for name, value in parse_qsl(query):
        if name in names and _PLAIN.fullmatch(value):
            words = value.lower().split()
            items = {key: one for key, one in items.items() if all(word in _texts(one) for word in words)}
    return items


def _texts(value: Any) -> str:
    """The texts in a value, in lower case, without the names of fields."""
    if isinstance(value, Mapping | list):
        return "\n".join(map(_texts, value.values() if isinstance(value, Mapping) else value))
    return value.lower() if isinstance(value, str) else ""


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _ordered(about: Mapping[str, str], query: str, items: ResourceItems) -> ResourceItems:
    """The items, sorted by the field that a parameter names: `name`, `-name`, `name:desc`; those without it come last.

    `about` holds the names of the parameters for the field (`by`) and for the direction. A field that no item has
    changes nothing.
    """
    asked = dict(parse_qsl(query))
    found = _ASKED.fullmatch(asked.get(about.get("by", ""), "").split(",-")[0])
    if not found or not any(found["name"] in one for one in items.values()):
        return items
    way = found["way"] or asked.get(about["direction"], "")
    is_down = found["sign"] == "-" or way.lower().startswith("desc")
    having = {key: one for key, one in items.items() if one.get(found["name"]) is not None}
    in_order = sorted(having, key=lambda key: _rank(having[key][found["name"]]), reverse=is_down)
    return {**{key: items[key] for key in in_order}, **{key: one for key, one in items.items() if key not in having}}


def _rank(value: Any) -> tuple[int, float, str]:
    if isinstance(value, int | float):
        return 0, value, ""
    return 1, 0, _text(value)
