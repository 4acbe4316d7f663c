"""A contract in lines: what a change of each means is seen by comparing them."""

import json
from collections.abc import Iterator
from typing import Any

from localenv.stubs.sources.openapi.operations import Media, Operation, Parameter, base_path, operations, types
from localenv.stubs.sources.openapi.pointers import BASE
from localenv.stubs.sources.openapi.reading import Contract

_DEEPEST = 8  # levels of schemas within one another
_CHOICES = ("allOf", "oneOf", "anyOf")
_LIMITS = (
    *("format", "pattern", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    *("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties", "const", "default"),
)
_FLAGS = ("readOnly", "writeOnly", "uniqueItems")
_RARE = (
    *("not", "if", "then", "else", "contains", "prefixItems", "patternProperties", "propertyNames"),
    *("dependentRequired", "dependentSchemas", "unevaluatedProperties", "discriminator"),
)
_USUAL_STYLES = {"query": "form", "cookie": "form", "path": "simple", "header": "simple"}
_SCHEME = ("type", "scheme", "in", "name")
_MOST = 200  # characters of a rare keyword


def outline(contract: Contract, base: str | None) -> list[str]:
    """A line for each operation, parameter, content type, answer, header and field; `what: how`, in order."""
    found: dict[str, None] = {f"base path: {base_path(contract.root.get('servers')) if base is None else base}": None}
    found.update(dict.fromkeys(_schemes(contract)))
    for one in operations(contract, base):
        if isinstance(one, Operation):
            found.update(dict.fromkeys(_operation(contract, one)))
    for number, document in enumerate(contract.documents):
        schemas = (document.get("components") or {}).get("schemas") if isinstance(document, dict) else None
        for name, schema in (schemas if isinstance(schemas, dict) else {}).items():
            prefix = f"schema {name}" if number == 0 else f"schema {contract.files[number].name} {name}"
            found.update(dict.fromkeys(_schema(contract, prefix, schema, 0)))
    return list(found)


def _schemes(contract: Contract) -> Iterator[str]:
    schemes = (contract.root.get("components") or {}).get("securitySchemes") or {}
    for name, one in schemes.items():
        if isinstance(one, dict):
            yield f"security scheme {name}: {' '.join(str(one[key]) for key in _SCHEME if key in one)}"


def _operation(contract: Contract, one: Operation) -> Iterator[str]:
    yield f"{one.name}: operation"
    if one.security:
        yield f"{one.name} security: {' or '.join(' and '.join(each) or 'none' for each in one.security)}"
    for parameter in one.parameters:
        known = parameter.schema or parameter.fields
        schema = {"$ref": known} if known else {}
        words = _in_words(contract, contract.resolved(schema)[0] if schema else {})
        style = "".join(_style(parameter))
        needed = " required" if parameter.is_required else ""
        yield f"{one.name} {parameter.place} {parameter.name}: {words}{style}{needed}"
    for media in one.body:
        yield f"{one.name} body {media.type}: {'required' if one.is_body_required else 'optional'}"
        yield from _media(contract, f"{one.name} body", media)
    for answer in one.answers:
        yield f"{one.name} {answer.code}: answer"
        for name, (header, _) in answer.headers.items():
            about = header if isinstance(header, dict) else {}
            needed = " required" if about.get("required") is True else ""
            yield f"{one.name} {answer.code} header {name}: {_in_words(contract, about.get('schema', {}))}{needed}"
        for media in answer.content:
            yield f"{one.name} {answer.code} {media.type}: content"
            yield from _media(contract, f"{one.name} {answer.code}", media)


def _style(parameter: Parameter) -> Iterator[str]:
    """How a parameter is written, if not as usual."""
    if parameter.style != _USUAL_STYLES.get(parameter.place):
        yield f" style {parameter.style}"
    if parameter.is_exploded != (parameter.style == "form") and (parameter.is_list or parameter.fields):
        yield f" explode {json.dumps(parameter.is_exploded)}"
    if parameter.may_be_empty:
        yield " may be empty"


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
    for key in _CHOICES:
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
    choices = [key for key in _CHOICES if isinstance(schema.get(key), list)]
    words = [" or ".join(types(schema)) or ("" if choices else "any")]
    words += [f"{key} {', '.join(_in_words(contract, one) for one in schema[key])}" for key in choices]
    if "array" in types(schema):
        words.append(f"of {_in_words(contract, schema.get('items', {}))}")
    if isinstance(schema.get("enum"), list):
        words.append(f"enum {_json(schema['enum'])}")
    words += [f"{key} {_json(schema[key])}" for key in _LIMITS if key in schema]
    words += [key for key in _FLAGS if schema.get(key) is True]
    if "additionalProperties" in schema:
        more = schema["additionalProperties"]
        words.append("closed" if more is False else f"with others: {_in_words(contract, more)}")
    words += [f"{key} {_json(schema[key])[:_MOST]}" for key in _RARE if key in schema]
    return " ".join(filter(None, words))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str).replace(f"{BASE}0", "")
