"""A contract in lines: what a change of each means is seen by comparing them."""

import json
from collections.abc import Iterator
from typing import Any

from localenv.stubs.sources.openapi.operations import Media, Operation, operations, types
from localenv.stubs.sources.openapi.reading import Contract

_DEEPEST = 8  # levels of schemas within one another
_LIMITS = (
    *("format", "pattern", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    *("minLength", "maxLength", "minItems", "maxItems", "const"),
)


def outline(contract: Contract, base: str | None) -> list[str]:
    """A line for each operation, parameter, content type, answer and field; `what: how`, in order."""
    found: dict[str, None] = {}
    for one in operations(contract, base):
        if isinstance(one, Operation):
            found.update(dict.fromkeys(_operation(contract, one)))
    for number, document in enumerate(contract.documents):
        schemas = (document.get("components") or {}).get("schemas") if isinstance(document, dict) else None
        for name, schema in (schemas if isinstance(schemas, dict) else {}).items():
            prefix = f"schema {name}" if number == 0 else f"schema {contract.files[number].name} {name}"
            found.update(dict.fromkeys(_schema(contract, prefix, schema, 0)))
    return list(found)


def _operation(contract: Contract, one: Operation) -> Iterator[str]:
    yield f"{one.name}: operation"
    for parameter in one.parameters:
        known = parameter.schema or parameter.fields
        schema = {"$ref": known} if known else {}
        words = _in_words(contract, contract.resolved(schema)[0] if schema else {})
        yield f"{one.name} {parameter.place} {parameter.name}: {words}{' required' if parameter.is_required else ''}"
    for media in one.body:
        yield f"{one.name} body {media.type}: {'required' if one.is_body_required else 'optional'}"
        yield from _media(contract, f"{one.name} body", media)
    for answer in one.answers:
        yield f"{one.name} {answer.code}: answer"
        for media in answer.content:
            yield f"{one.name} {answer.code} {media.type}: content"
            yield from _media(contract, f"{one.name} {answer.code}", media)


def _media(contract: Contract, prefix: str, media: Media) -> Iterator[str]:
    if media.schema:
        yield from _schema(contract, prefix, media.value["schema"], 0)


def _schema(contract: Contract, prefix: str, schema: Any, depth: int) -> Iterator[str]:
    """The fields of a schema; one that it refers to by name has lines of its own."""
    if not isinstance(schema, dict) or depth > _DEEPEST:
        return
    if "$ref" in schema or not depth:
        yield f"{prefix}: {_in_words(contract, schema)}"
    if "$ref" in schema:
        return
    for key in ("allOf", "oneOf", "anyOf"):
        for number, part in enumerate(schema.get(key) or ()):
            yield from _schema(contract, f"{prefix} {key} {number + 1}", part, depth + 1)
    required = schema.get("required") or ()
    for name, inner in (schema.get("properties") or {}).items():
        where = f"{prefix}.{name}" if depth else f"{prefix} {name}"
        yield f"{where}: {_in_words(contract, inner)}{' required' if name in required else ''}"
        if isinstance(inner, dict) and "$ref" not in inner:
            yield from _schema(contract, where, inner, depth + 1)
    if isinstance(items := schema.get("items"), dict) and "$ref" not in items:
        yield from _schema(contract, f"{prefix}[]", items, depth + 1)


def _in_words(contract: Contract, schema: Any) -> str:
    if not isinstance(schema, dict):
        return "anything"
    if isinstance(ref := schema.get("$ref"), str):
        return ref.rpartition("/")[2]
    words = [" or ".join(types(schema)) or next((key for key in ("allOf", "oneOf", "anyOf") if key in schema), "any")]
    if "array" in types(schema):
        words.append(f"of {_in_words(contract, schema.get('items', {}))}")
    if isinstance(schema.get("enum"), list):
        words.append(f"enum {json.dumps(schema['enum'], ensure_ascii=False)}")
    words += [f"{key} {json.dumps(schema[key], ensure_ascii=False)}" for key in _LIMITS if key in schema]
    return " ".join(words)
