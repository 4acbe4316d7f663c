"""Alternatives that a property names: the `discriminator` of a schema."""

from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import Any

import jsonschema_rs

from localenv.stubs.sources.openapi.merging import Flat, flat
from localenv.stubs.sources.openapi.pointers import BASE, uri
from localenv.stubs.sources.openapi.reading import Contract

_CHOICES = ("oneOf", "anyOf")
_PLAIN = "plain"
_DEEPEST = 5  # levels of alternatives that are alternatives themselves


def alternatives(contract: Contract, schema: Mapping[str, Any]) -> dict[str, list[Any]]:
    """The `oneOf` and `anyOf` of a schema with what the discriminator says of each alternative; empty without one."""
    if not (name := _property(schema)):
        return {}
    listed = {key: schema[key] for key in _CHOICES if isinstance(schema.get(key), list)}
    return {
        key: [_named(contract, schema, name, one, may_lack=True) for one in options] for key, options in listed.items()
    }


def chosen(contract: Contract) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """The schemas that say something else where discriminators choose, each with the keywords that differ."""
    found = named(contract)
    for target, schema in contract.discriminated.items():
        if extending := children(contract, target, schema):
            plain = {key: value for key, value in schema.items() if key != "$defs"}
            found.append((schema, {"anyOf": extending, "$defs": {**schema.get("$defs", {}), _PLAIN: plain}}))
            found += [(part, {"$ref": f"{target}/$defs/{_PLAIN}"}) for part in _parents(contract, target)]
    return found


def named(contract: Contract) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """The schemas with alternatives and a discriminator, each with the alternatives that need its property."""
    return [(one, more) for one in contract.discriminated.values() if (more := alternatives(contract, one))]


def told_apart(contract: Contract) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """The schemas with a `oneOf` and a discriminator, each so that a value may also be what the discriminator names.

    Without one, answers, as the examples of documents, often leave the property out.
    """
    listed = ((one, more.get("oneOf")) for one, more in named(contract))
    return [
        (schema, {"oneOf": [{"anyOf": [{"oneOf": schema["oneOf"]}, {"oneOf": options}]}]})
        for schema, options in listed
        if options
    ]


def naming(contract: Contract) -> list[tuple[str, str]]:
    """The properties of discriminators without a repetition, each with a text that names a schema."""
    found: dict[tuple[str, str], None] = {}
    for schema in contract.discriminated.values():
        mapping = schema["discriminator"].get("mapping") if "discriminator" in schema else None
        texts = [*mapping] if isinstance(mapping, dict) else []
        options = (one for key in _CHOICES if isinstance(schema.get(key), list) for one in schema[key])
        texts += [str(one["$ref"]).rpartition("/")[2] for one in options if isinstance(one, dict) and "$ref" in one]
        found.update(dict.fromkeys((_property(schema), str(text)) for text in texts if _property(schema)))
    return [*found]


def is_of_another(error: jsonschema_rs.ValidationError) -> bool:
    """Whether a value does not fit an alternative because the discriminator names another one."""
    return error.kind.name == "enum" and [*error.schema_path][-5:-2] == ["allOf", 1, "properties"]


def children(contract: Contract, target: str, schema: Any) -> list[Any]:
    """The schemas that extend one with a discriminator and no alternatives of its own, as alternatives; else none."""
    if not isinstance(schema, dict) or not (name := _property(schema)) or any(key in schema for key in _CHOICES):
        return []
    refs = [*dict.fromkeys((*_mapped(contract, schema), *_extending(contract, target)))]
    if not refs:
        return []
    own = {"properties": {name: {"enum": _names(schema, target)}}, "required": [name]}
    return [*(_named(contract, schema, name, {"$ref": one}) for one in refs if one != target), own]


def extending(contract: Contract, found: Flat, flat: Callable[[Any], Flat], seed: int) -> Iterator[Any]:
    """What to add to a schema with a discriminator so that its property names a child, and the schema is that one.

    The children are the one that the schema is already, else all, that of the seed first.
    """
    if found.get("choices") or not (name := _property(found)):
        return
    for target in found["refs"]:
        listed = children(contract, target, contract.discriminated.get(target))[:-1]
        own = [one for one in listed if one["allOf"][0]["$ref"] in found["refs"]]
        declared = flat((found.get("properties") or {}).get(name, {}))
        options = [declared["const"]] if "const" in declared else declared.get("enum")
        turned = own or [*listed[seed % len(listed) :], *listed[: seed % len(listed)]] if listed else []
        for one in turned:
            names = one["allOf"][1]["properties"][name]["enum"]
            if options is None or set(names) & {text for text in options if isinstance(text, str)}:
                yield one


def _property(schema: Mapping[str, Any]) -> str:
    about = schema.get("discriminator")
    name = about.get("propertyName") if isinstance(about, dict) else None
    return name if isinstance(name, str) else ""


def _named(contract: Contract, schema: Mapping[str, Any], name: str, option: Any, *, may_lack: bool = False) -> Any:
    if not isinstance(option, dict) or not isinstance(option.get("$ref"), str):
        return option
    names, declared = _names(schema, option["$ref"]), _declared(contract, option, name)
    # without a mapping, what an alternative says of its property counts more than its own name
    is_contrary = declared and not set(names) & set(declared)
    required = {} if is_contrary and may_lack else {"required": [name]}
    return {"allOf": [option, {"properties": {name: {"enum": declared if is_contrary else names}}, **required}]}


def _declared(contract: Contract, option: Any, name: str, depth: int = 0) -> list[str]:
    """The texts that a schema allows for a property; none if it allows any."""
    try:
        found = flat(contract, option)
        if declared := (found.get("properties") or {}).get(name):
            return _texts(contract, declared)
        if depth == _DEEPEST:
            return []
        others = [one for listed in found.get("choices", ()) for one in listed["options"]]
        each = [_declared(contract, one, name, depth + 1) or [_own_name(one)] for one in others]
    except (
        KeyError,
        IndexError,
        ValueError,
        TypeError,
        AttributeError,
    ):  # a broken schema, which is reported elsewhere
        return []
    return [*dict.fromkeys(chain.from_iterable(each))]


def _texts(contract: Contract, schema: Any) -> list[str]:
    """The texts that a schema allows; none if it allows any."""
    about = flat(contract, schema)
    options = [about["const"]] if "const" in about else about.get("enum")
    if isinstance(options, list):
        return [one for one in options if isinstance(one, str)]
    others = [one for listed in about.get("choices", ()) for one in listed["options"] if one != {"type": "null"}]
    each = [_texts(contract, one) for one in others]
    return [*chain.from_iterable(each)] if all(each) else []


def _own_name(option: Any) -> str:
    return str(option["$ref"]).rpartition("/")[2]


def _names(schema: Mapping[str, Any], target: str) -> list[str]:
    """What the property says for a schema: by the mapping, or its own name."""
    own = target.rpartition("/")[2]
    mapping = schema["discriminator"].get("mapping")
    listed = mapping.items() if isinstance(mapping, dict) else ()
    return [*(str(value) for value, to in listed if str(to).rpartition("/")[2] == own), own]


def _mapped(contract: Contract, schema: Mapping[str, Any]) -> Iterator[str]:
    mapping = schema["discriminator"].get("mapping")
    schemas = _schemas(contract)
    for to in mapping.values() if isinstance(mapping, dict) else ():
        if (name := str(to).rpartition("/")[2]) in schemas:
            yield uri(f"{BASE}0#", "components", "schemas", name)


def _extending(contract: Contract, target: str) -> Iterator[str]:
    """The schemas of the document that are all of another one, and more."""
    for name, schema in _schemas(contract).items():
        if any(one["$ref"] == target for one in _parts(schema)):
            yield uri(f"{BASE}0#", "components", "schemas", name)


def _parents(contract: Contract, target: str) -> Iterator[dict[str, Any]]:
    """The references to a schema from those that extend it."""
    for schema in _schemas(contract).values():
        yield from (one for one in _parts(schema) if one["$ref"] == target)


def _parts(schema: Any) -> Iterator[dict[str, Any]]:
    parts = schema.get("allOf") if isinstance(schema, dict) else None
    for one in parts if isinstance(parts, list) else ():
        if isinstance(one, dict) and isinstance(one.get("$ref"), str):
            yield one


def _schemas(contract: Contract) -> Mapping[str, Any]:
    components = contract.root.get("components")
    found = components.get("schemas") if isinstance(components, dict) else None
    return found if isinstance(found, dict) else {}
