"""The fields of a form as values of JSON, by the kinds that the contract gives them."""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

TYPE = "application/x-www-form-urlencoded"

_NUMBERS = frozenset({"integer", "number"})


def read(body: bytes, kinds: Mapping[str, str]) -> dict[str, Any]:
    """The fields of a body; `kinds` has the type of each in JSON Schema's words, and that of a list's items behind `:`.

    A list is repeated, as `a=1&a=2` or `a[]=1&a[]=2`, and an object is `a[key]=1`.
    """
    found: dict[str, Any] = {}
    for written, text in parse_qsl(body.decode(errors="replace"), keep_blank_values=True):
        name, *keys = re.findall(r"[^\[\]]+", written)[:2] or [""]
        kind, _, of_items = kinds.get(name, "string").partition(":")
        if kind == "array":
            found.setdefault(name, []).append(_value(text, of_items))
        elif kind == "object":
            found.setdefault(name, {}).update(dict.fromkeys(keys, text))
        else:
            found[name] = _value(text, kind)
    return found


def _value(text: str, kind: str) -> Any:
    if kind == "boolean":
        return text == "true"
    try:
        return json.loads(text) if kind in _NUMBERS else text
    except ValueError:
        return text
