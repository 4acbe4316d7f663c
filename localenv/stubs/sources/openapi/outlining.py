"""A contract in lines: what a change of each means is seen by comparing them."""

from collections.abc import Iterator
from typing import Any

from localenv.stubs.sources.openapi import naming
from localenv.stubs.sources.openapi.naming import CHOICES, in_words, name
from localenv.stubs.sources.openapi.operations import Media, Operation, Parameter, base_path, operations
from localenv.stubs.sources.openapi.pointers import BASE, uri
from localenv.stubs.sources.openapi.reading import Contract
from localenv.stubs.sources.openapi.walking import within

_DEEPEST = 8  # levels of schemas within one another
_USUAL_STYLES = {"query": "form", "cookie": "form", "path": "simple", "header": "simple"}
_SCHEME = ("type", "scheme", "in", "name", "openIdConnectUrl")
_URLS = ("authorizationUrl", "tokenUrl", "refreshUrl")


def outline(contract: Contract, base: str | None) -> list[str]:
    """A line for each operation, parameter, content type, answer, header and field; `what: how`, in order."""
    default = base_path(contract.root.get("servers")) if base is None else base
    found: dict[str, None] = {f"base path: {default}": None}
    found.update(dict.fromkeys(_schemes(contract)))
    for one in operations(contract, base):
        if isinstance(one, Operation):
            found.update(dict.fromkeys(_operation(contract, one, default)))
    for ref, schema in _named(contract).items():
        found.update(dict.fromkeys(_schema(contract, f"schema {name(contract, ref)}", schema, 0)))
    found.update(dict.fromkeys(_webhooks(contract)))
    return list(found)


def _schemes(contract: Contract) -> Iterator[str]:
    schemes = (contract.root.get("components") or {}).get("securitySchemes") or {}
    for key, one in schemes.items():
        if isinstance(one, dict):
            yield f"security scheme {key}: {' '.join(str(one[word]) for word in _SCHEME if word in one)}"
            flows = one.get("flows")
            for flow, about in (flows if isinstance(flows, dict) else {}).items():
                urls = " ".join(str(about[url]) for url in _URLS if url in about)
                yield f"security scheme {key} {flow}: {urls} scopes {', '.join(sorted(about.get('scopes') or ()))}"


def _webhooks(contract: Contract) -> Iterator[str]:
    webhooks = contract.root.get("webhooks")
    for key, one in (webhooks if isinstance(webhooks, dict) else {}).items():
        for method in contract.resolved(one)[0] or ():
            yield f"webhook {key} {method.upper()}: operation"


def _operation(contract: Contract, one: Operation, default: str) -> Iterator[str]:
    found = contract.find(one.uri)
    yield f"{one.name}: operation{' deprecated' if found.get('deprecated') is True else ''}"
    path = one.name.partition(" ")[2].partition("#")[0].partition("?")[0]
    if (own := one.path.removesuffix(path).strip("/")) != default.strip("/"):
        yield f"{one.name} base path: /{own}"
    if wanted := found.get("security", contract.root.get("security")):
        yield f"{one.name} security: {' or '.join(map(_alternative, wanted))}"
    for parameter in one.parameters:
        yield from _parameter(contract, one, parameter)
    for media in one.body:
        yield f"{one.name} body {media.type}: {'required' if one.is_body_required else 'optional'}"
        yield from _media(contract, f"{one.name} body", media)
    for answer in one.answers:
        yield f"{one.name} {answer.code}: answer"
        for key, (header, _) in answer.headers.items():
            about = header if isinstance(header, dict) else {}
            needed = " required" if about.get("required") is True else ""
            yield f"{one.name} {answer.code} header {key}: {in_words(contract, about.get('schema', {}))}{needed}"
        for media in answer.content:
            yield f"{one.name} {answer.code} {media.type}: content"
            yield from _media(contract, f"{one.name} {answer.code}", media)
    callbacks = found.get("callbacks")
    for key in callbacks if isinstance(callbacks, dict) else ():
        yield f"{one.name} callback {key}: operation"


def _alternative(schemes: Any) -> str:
    each = (f"{key} ({', '.join(sorted(map(str, scopes)))})" if scopes else key for key, scopes in schemes.items())
    return " and ".join(each) or "none"


def _parameter(contract: Contract, one: Operation, parameter: Parameter) -> Iterator[str]:
    known = parameter.schema or parameter.fields
    schema = contract.resolved({"$ref": known})[0] if known else {}
    style = "".join(_style(parameter))
    old = " deprecated" if contract.find(parameter.uri).get("deprecated") is True else ""
    needed = " required" if parameter.is_required else ""
    what = f"{one.name} {parameter.place} {parameter.name}"
    yield f"{what}: {in_words(contract, schema)}{style}{old}{needed}"
    yield from list(_schema(contract, what, schema, 0))[1:]


def _style(parameter: Parameter) -> Iterator[str]:
    """How a parameter is written, if not as usual."""
    if parameter.style != _USUAL_STYLES.get(parameter.place):
        yield f" style {parameter.style}"
    if parameter.is_exploded != (parameter.style == "form") and (parameter.is_list or parameter.fields):
        yield f" explode {'true' if parameter.is_exploded else 'false'}"
    if parameter.may_be_empty:
        yield " may be empty"


def _media(contract: Contract, prefix: str, media: Media) -> Iterator[str]:
    if media.schema:
        yield from _schema(contract, prefix, media.value["schema"], 0)
    encoding = media.value.get("encoding")
    for key, about in (encoding if isinstance(encoding, dict) else {}).items():
        yield f"{prefix} {media.type} encoding {key}: {naming.as_json(about)}"


def _named(contract: Contract) -> dict[str, Any]:
    """The schemas that have lines of their own: components, and what else is referred to as a schema."""
    found = {}
    for number, document in enumerate(contract.documents):
        schemas = (document.get("components") or {}).get("schemas") if isinstance(document, dict) else None
        for key, schema in (schemas if isinstance(schemas, dict) else {}).items():
            found[uri(f"{BASE}{number}#/components/schemas", key)] = schema
    used = (one for one in operations(contract, None) if isinstance(one, Operation))
    open_ = [contract.find(ref) for one in used for ref in one.schemas] + [*found.values()]
    while open_:
        for part in within(open_.pop()):
            ref = part.get("$ref")
            if isinstance(ref, str) and ref.startswith(BASE) and ref not in found:
                try:
                    found[ref] = contract.find(ref)
                except KeyError:
                    continue
                open_.append(found[ref])
    return found


def _schema(contract: Contract, prefix: str, schema: Any, depth: int) -> Iterator[str]:
    """The fields of a schema; one that it refers to by name has lines of its own."""
    if not isinstance(schema, dict) or depth > _DEEPEST:
        return
    if "$ref" in schema or not depth:
        yield f"{prefix}: {in_words(contract, schema)}"
    yield from _fields(contract, prefix, schema, depth)
    for key in CHOICES:
        for number, part in enumerate(schema.get(key) or ()):
            yield from _fields(contract, f"{prefix} {key} {number + 1}", part, depth + 1)


def _fields(contract: Contract, prefix: str, schema: Any, depth: int) -> Iterator[str]:
    for one in naming.merged(schema):
        required = naming.required(schema)
        properties = one.get("properties")
        for key, inner in (properties if isinstance(properties, dict) else {}).items():
            where = f"{prefix}.{key}" if depth else f"{prefix} {key}"
            yield f"{where}: {in_words(contract, inner)}{' required' if key in required else ''}"
            yield from _within(contract, where, inner, depth)
        for key, end in (("items", "[]"), ("additionalProperties", ".*")):
            yield from _within(contract, f"{prefix}{end}", one.get(key), depth)


def _within(contract: Contract, where: str, inner: Any, depth: int) -> Iterator[str]:
    if isinstance(inner, dict) and "$ref" not in inner:
        yield from _schema(contract, where, inner, depth + 1)
