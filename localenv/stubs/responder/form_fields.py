"""The fields of a form as values of JSON, by the kinds that the contract gives them."""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

TYPE = "application/x-www-form-urlencoded"

_NUMBERS = frozenset({"integer", "number"})
_BRACKETS = re.compile(r"\[([^\[\]]*)\]")
_DEEPEST = 8  # brackets of one name
_DIGITS = 5  # of an index


def read(body: bytes, kinds: Mapping[str, str]) -> dict[str, Any]:
    """The fields of a body; `kinds` has the type of each in JSON Schema's words, and that of a list's items behind `:`.

    A list is repeated, as `a=1&a=2`, or written as `a[]=1` or `a[0]=1`, and an object as `a[key]=1`, in any depth.
    """
    found: dict[str, Any] = {}
    for written, text in parse_qsl(body.decode(errors="replace"), keep_blank_values=True):
        name, keys = written.partition("[")[0], _BRACKETS.findall(written)[:_DEEPEST]
        kind, _, of_items = kinds.get(name, "string").partition(":")
        if kind == "array" and len(keys) < 2:
            found[name] = _with(found.get(name), keys or [""], _value(text, of_items))
        elif keys:
            found[name] = _with(found.get(name, {} if kind == "object" else None), keys, text)
        else:
            found[name] = {} if kind == "object" else _value(text, kind)
    return found


def _with(node: Any, keys: list[str], value: Any) -> Any:
    """A list or an object with one value more, at the keys of its brackets."""
    key, *rest = keys
    if key == "" or (key.isdecimal() and not isinstance(node, dict)):
        items = node if isinstance(node, list) else []
        is_same = key != "" and len(key) < _DIGITS and int(key) < len(items)
        last = items.pop(int(key)) if is_same else None
        items.insert(int(key) if is_same else len(items), _with(last, rest, value) if rest else value)
        return items
    members = node if isinstance(node, dict) else {}
    members[key] = _with(members.get(key), rest, value) if rest else value
    return members


def _value(text: str, kind: str) -> Any:
    if kind == "boolean":
        return text == "true"
    try:
        return json.loads(text) if kind in _NUMBERS else text
    except (ValueError, RecursionError):
        return text
