"""A schema in words, on one line."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from localenv.stubs.sources.openapi.operations import types
from localenv.stubs.sources.openapi.pointers import BASE
from localenv.stubs.sources.openapi.reading import Contract

CHOICES = ("oneOf", "anyOf")
_FIRST = (
    *("format", "pattern", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    *("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties", "const", "default"),
)
_FLAGS = ("readOnly", "writeOnly", "uniqueItems", "deprecated")
_ELSEWHERE = frozenset({
    *("$ref", "type", "allOf", "enum", "properties", "required", "items", "additionalProperties", "$defs"),
    *("description", "title", "example", "examples", "externalDocs", "$comment", "$anchor", "xml"),
    *(*CHOICES, *_FIRST, *_FLAGS, "definitions"),
})  # fmt: skip
_FILE = re.compile(rf"{BASE}\d+")


def name(contract: Contract, ref: str) -> str:
    """That of a schema, by what it is referred to with: `Book`, or with its file, `common.yaml Book`."""
    at, pointer = contract.shown(ref)
    last = pointer.rpartition("/")[2].lstrip("#")
    own = last if "/schemas/" in pointer or "/$defs/" in pointer or "/definitions/" in pointer else pointer.lstrip("#/")
    return own if at.file == contract.files[0] else f"{at.file.name} {own}".rstrip()


def in_words(contract: Contract, schema: Any) -> str:
    """Its type, values and limits; of one that it refers to the name."""
    if not isinstance(schema, dict):
        return "nothing" if schema is False else "anything"
    words = [name(contract, ref)] if isinstance(ref := schema.get("$ref"), str) and ref.startswith(BASE) else []
    parts = [*merged(schema)]
    named = [one for one in schema.get("allOf") or () if isinstance(one, dict) and "$ref" in one]
    kinds = list(dict.fromkeys(kind for one in parts for kind in sorted(types(one), key=lambda kind: kind == "null")))
    choices = [key for key in CHOICES if isinstance(schema.get(key), list)]
    if kinds or not (words or choices or named):
        words.append(" or ".join(kinds) or "any")
    if named:
        words.append(f"allOf {', '.join(in_words(contract, one) for one in named)}")
    words += [f"{key} {', '.join(in_words(contract, one) for one in schema[key])}" for key in choices]
    for one in parts:
        words += _own(contract, one)
    if missing := sorted(required(schema) - {key for one in parts for key in one.get("properties") or ()}):
        words.append(f"requires {', '.join(missing)}")
    return " ".join(words)


def merged(schema: Any) -> Iterator[dict[str, Any]]:
    """A schema and those that stand in its `allOf` without a name."""
    if isinstance(schema, dict):
        yield schema
        for one in schema.get("allOf") or ():
            if isinstance(one, dict) and "$ref" not in one:
                yield from merged(one)


def required(schema: Any) -> set[str]:
    """The names that it requires, with those of its `allOf` without a name."""
    found: Iterable[Any] = (key for one in merged(schema) for key in one.get("required") or ())
    return {key for key in found if isinstance(key, str)}


def as_json(value: Any) -> str:
    """A value on one line, with `$ref`s as they stand in the document."""
    return _FILE.sub("", json.dumps(value, ensure_ascii=False, sort_keys=True, default=str))


def _own(contract: Contract, schema: dict[str, Any]) -> Iterator[str]:
    if "items" in schema:
        yield f"of {in_words(contract, schema['items'])}"
    elif "array" in types(schema):
        yield "of anything"
    if isinstance(options := schema.get("enum"), list):
        yield f"enum {as_json(options)}"
    yield from (f"{key} {as_json(schema[key])}" for key in _FIRST if key in schema)
    yield from (key for key in _FLAGS if schema.get(key) is True)
    if "additionalProperties" in schema:
        more = schema["additionalProperties"]
        yield "closed" if more is False else f"with others: {in_words(contract, more)}"
    rest = sorted(key for key in schema if key not in _ELSEWHERE and not key.startswith("x-"))
    yield from (f"{key} {as_json(schema[key])}" for key in rest if schema[key] is not False)
