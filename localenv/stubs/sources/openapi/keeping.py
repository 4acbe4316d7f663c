"""The resources of a contract: paths where something can be created, listed, read, changed and deleted."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from localenv.stubs.responder import form_fields
from localenv.stubs.sources.openapi import echoing, generating, paging, responses
from localenv.stubs.sources.openapi.merging import Flat, flat
from localenv.stubs.sources.openapi.operations import Media, Operation
from localenv.stubs.sources.openapi.responses import Reply
from localenv.stubs.sources.openapi.schemas import BrokenSchema, Direction, Schemas
from localenv.stubs.vocabulary import HOST

PROXIED = {  # to the responder, which answers for resources
    "proxyBaseUrl": "responder:resources/{upstream}/http",
    "additionalProxyRequestHeaders": {HOST: "{{request.headers.Host}}"},  # for URLs in the answer
    "transformers": [echoing.TRANSFORMER],
}
_IDS = 64  # prepared ids of a kind that cannot be counted up
_LONGER = 9  # characters that the responder adds to the prefix of an id
KEPT = "kept: POST on a path, and one a segment longer, /items/{id}, whose answer has the id; for others write stubs"
_MOST_NAMED = 5
_USUAL = ("id", "uuid", "key", "slug", "name")
_CHANGING = frozenset(("POST", "PUT", "PATCH", "DELETE"))
_OF_ITEM = {"POST": "change", "GET": "get", "PUT": "replace", "PATCH": "change", "DELETE": "delete"}  # PATCH over POST


@dataclass
class Resource:
    """A collection with its operations: `create` and `list` on its path, the others on that of an item."""

    path: str
    item: str = ""  # the path of an item
    operations: dict[str, Operation] = field(default_factory=dict)


def resources(every: list[Operation]) -> list[Resource]:
    """The resources among some operations: a path to post to, with one a segment longer that is read or changed."""
    by_path: dict[str, dict[str, Operation]] = {}
    for one in every:
        if not one.query and not one.fragment:
            by_path.setdefault(one.path.rstrip("/"), {})[one.method] = one
    items: dict[str, str] = {}  # the first path of an item, by that of its collection
    for path in by_path:
        above, _, last = path.rpartition("/")
        if re.fullmatch(r"\{[^/}]*\}", last):
            items.setdefault(above, path)
    found = []
    for path, methods in by_path.items():
        item = items.get(path, "")
        if "POST" not in methods or not item or not _OF_ITEM.keys() & by_path[item].keys():
            continue
        resource = Resource(path=path, item=item, operations={"create": methods["POST"]})
        if "GET" in methods:
            resource.operations["list"] = methods["GET"]
        named = {kind: by_path[item][method] for method, kind in _OF_ITEM.items() if method in by_path[item]}
        resource.operations |= named
        found.append(resource)
    return found


def plan(schemas: Schemas, resource: Resource, replies: Mapping[str, dict[str, list[Reply]]]) -> dict[str, Any] | None:
    """What the responder needs to keep a resource, as JSON; None for one whose items cannot be told apart.

    `replies` are the responses of each operation, by its name and their codes.
    """
    create = resource.operations["create"]
    success = create.success
    made = replies[create.name][success.code][0] if success else None
    shown = resource.operations.get("get")
    item = replies[shown.name][shown.success.code][0] if shown and shown.success else made
    if made is None or item is None:
        return None
    if not _properties(schemas, item):  # alternatives, as an item or what is left of a deleted one
        item = made
    properties = _properties(schemas, item)
    key = _key(resource.item.rpartition("{")[2].rstrip("}"), properties)
    if not key or not isinstance(item.body, dict) or key not in item.body:
        return None
    change = resource.operations.get("change")
    if change and change.method == "POST" and not _answers_with(schemas, change, replies, properties):
        del resource.operations["change"]  # another action on the item
    listed = resource.operations.get("list")
    pages = _paging(schemas, listed, replies) if listed else {}
    return {
        "path": resource.path,
        "key": key,
        "ids": _ids(schemas, properties[key], item.body[key], key),
        "item": item.body,
        "paging": pages,
        "filters": [one for one in _filters(schemas, listed, properties) if one not in pages.values()]
        if listed
        else [],
        "operations": {
            kind: _operation(schemas, one, replies[one.name], item.schema) for kind, one in resource.operations.items()
        },
    }


def _properties(schemas: Schemas, reply: Reply) -> Mapping[str, Any]:
    return (flat(schemas.contract, {"$ref": reply.schema}).get("properties") or {}) if reply.schema else {}


def _paging(schemas: Schemas, one: Operation, replies: Mapping[str, dict[str, list[Reply]]]) -> dict[str, Any]:
    """How a list is answered in pages."""
    reply = replies[one.name][one.success.code][0] if one.success else Reply(code="", status=200)
    return paging.paging(schemas.contract, one, reply.schema, reply.headers)


def _filters(schemas: Schemas, one: Operation, properties: Mapping[str, Any]) -> Iterator[str]:
    """The parameters of a list that name a plain field of its items."""
    for each in one.parameters:
        is_plain = each.place == "query" and each.schema and not each.is_list and each.name in properties
        if is_plain and not {"object", "array"} & set(flat(schemas.contract, properties[each.name]).get("type", ())):
            yield each.name


def _answers_with(
    schemas: Schemas, one: Operation, replies: Mapping[str, dict[str, list[Reply]]], properties: Mapping[str, Any]
) -> bool:
    """Whether an operation answers with an item, which has these properties, or without a body."""
    reply = replies[one.name][one.success.code][0] if one.success else None
    if reply is None or not reply.has_body:
        return True
    return _properties(schemas, reply).keys() == properties.keys()


def _key(parameter: str, properties: Mapping[str, Any]) -> str:
    """The property that holds what a path's parameter names: `chargeId` is `chargeId`, `id` or the like."""
    plain: dict[str, str] = {re.sub(r"[^a-z0-9]", "", name.lower()): name for name in reversed([*properties])}
    wanted = re.sub(r"[^a-z0-9]", "", parameter.lower())
    return plain.get(wanted) or next((plain[one] for one in _USUAL if one in plain), "")


def _ids(schemas: Schemas, schema: Any, example: Any, name: str) -> dict[str, Any]:
    """How a new id is made: counted up, a UUID, a text that is counted up, or one of a list."""
    found: Flat = flat(schemas.contract, schema)
    if "integer" in found.get("type", ()):
        return {"kind": "integer"}
    if found.get("format") == "uuid":
        return {"kind": "uuid"}
    prefix = re.sub(r"[-_ ]?\d+$", "", str(example)) or name
    is_short = len(prefix) + _LONGER > found.get("maxLength", 1 << 62)
    if found.get("patterns") or is_short or "enum" in found or "choices" in found:
        every = (_made(schemas, schema, seed) for seed in range(_IDS))
        return {"kind": "list", "values": list(dict.fromkeys(str(one) for one in every if one is not None))}
    return {"kind": "text", "prefix": prefix}


def _made(schemas: Schemas, schema: Any, seed: int) -> Any:
    try:
        return generating.generate_inline(schemas, schema, Direction.RESPONSE, seed=seed)
    except BrokenSchema:
        return None


def _operation(schemas: Schemas, one: Operation, by_code: Mapping[str, list[Reply]], item: str) -> dict[str, Any]:
    """What an operation answers; `item` is the schema of an item."""
    success = one.success
    reply = by_code[success.code][0] if success else Reply(code="", status=200)
    missing = next((by_code[code][0] for code in ("404", "4XX") if code in by_code), None)
    gone = missing or responses.problem(404, "Not Found")
    known = [each for each in one.body if each.schema and (each.is_json or each.type.startswith(form_fields.TYPE))]
    fields = {name: one for each in known for name, one in echoing.kept_fields(schemas.contract, each, item).items()}
    return {
        "status": reply.status,
        "headers": {**({"Content-Type": reply.type} if reply.has_body else {}), **reply.headers},
        "body": reply.body if reply.has_body else None,
        "has_body": reply.has_body,
        "fields": fields,
        "defaults": {name: one for each in known for name, one in _defaults(schemas, each) if name in fields},
        "kinds": _kinds(schemas, next((each for each in known if not each.is_json), None)),
        "missing": _refusal(404, gone),
        **({"taken": _refusal(409, by_code["409"][0])} if "409" in by_code else {}),
        **({"made": 201} if one.method == "PUT" and "201" in by_code else {}),
    }


def _defaults(schemas: Schemas, media: Media) -> Iterator[tuple[str, Any]]:
    """The values of fields that a request leaves out."""
    for name, one in (flat(schemas.contract, {"$ref": media.schema}).get("properties") or {}).items():
        about = flat(schemas.contract, one)
        if "default" in about:
            yield name, about["default"]


def _refusal(status: int, reply: Reply) -> dict[str, Any]:
    headers = {"Content-Type": reply.type} if reply.has_body else {}
    return {"status": status, "headers": headers, "body": reply.body}


def _kinds(schemas: Schemas, form: Media | None) -> dict[str, str]:
    """The types of the fields of a form that are no text, and of a list's items."""
    properties = (flat(schemas.contract, {"$ref": form.schema}).get("properties") or {}) if form else {}
    found = {name: flat(schemas.contract, one) for name, one in properties.items()}
    kinds = {name: _kind(one) for name, one in found.items()}
    items = {name: _kind(flat(schemas.contract, one.get("items"))) for name, one in found.items()}
    return {name: f"{kind}:{items[name]}" if kind == "array" else kind for name, kind in kinds.items() if kind}


def _kind(schema: Flat) -> str:
    return next((one for one in schema.get("type", ()) if one not in ("null", "string")), "")


def names(plans: list[dict[str, Any]], every: list[Resource]) -> Iterator[str]:
    """The names of the operations that the responder answers."""
    known = {one["path"] for one in plans}
    for resource in every:
        if resource.path in known:
            yield from (one.name for one in resource.operations.values())


def left_out(every: list[Operation], kept: set[str]) -> str:
    """The names of operations that change what others get, and that the responder does not answer; empty for none."""
    shown = {one.path for one in every if one.method == "GET"}
    changing = [one.name for one in every if one.method in _CHANGING and one.path in shown and one.name not in kept]
    more = f" and {len(changing) - _MOST_NAMED} more" if len(changing) > _MOST_NAMED else ""
    return ", ".join(changing[:_MOST_NAMED]) + more
