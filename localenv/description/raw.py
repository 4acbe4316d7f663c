"""Values that localenv passes on without interpretation: raw Compose keys, the JSON of a request."""

import re
from collections.abc import Callable
from typing import Any

from localenv.sources import Items, Node, Null, Table, Text

_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER = re.compile(r"[-+]?[0-9]+")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")


def described(node: object) -> str:
    """The type of a node, for a message."""
    match node:
        case Table():
            return "a mapping"
        case Items():
            return "a list"
        case Null(text=""):
            return "an empty value"
        case Null(text=text):
            return text
        case _:
            return f"'{str(node)[:40]}'"


def raw(node: Node) -> Any:
    """A node as Compose reads it: YAML 1.2's core scalars, and `0440` as an octal number."""
    match node:
        case Table():
            return {str(key): raw(value) for key, value in node.items()}
        case Items():
            return [raw(item) for item in node]
        case Null():
            return None
        case Text():
            octal = node.plain and re.fullmatch(r"0[0-7]+", node)
            return int(node, 8) if octal else core(node)


def json_value(node: Node, read: Callable[[Node], Any]) -> Any:
    """A node as JSON; texts are read with `read`."""
    match node:
        case Table():
            return {str(key): json_value(value, read) for key, value in node.items()}
        case Items():
            return [json_value(item, read) for item in node]
        case Null():
            return None
        case Text():
            value = core(node)
            return read(node) if isinstance(value, str) else value


def core(text: Text) -> bool | int | float | str:
    """A scalar by YAML 1.2's core schema; infinity and NaN stay text, because JSON has neither."""
    if not text.plain:
        return str(text)
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if len(text) > 40:
        return str(text)
    if _INTEGER.fullmatch(text):
        return int(text)
    if _BASED.fullmatch(text):
        return int(text, 0)
    return float(text) if _FLOAT.fullmatch(text) else str(text)
