"""The resources of a contract: paths where something can be created, listed, read, changed and deleted."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from localenv.stubs.responder import form_fields, patching
from localenv.stubs.responder.item_fields import inner
from localenv.stubs.sources.openapi import echoing, item_ids, item_schemas, listing, paging, responses
from localenv.stubs.sources.openapi.item_schemas import ItemSchema
from localenv.stubs.sources.openapi.lettering import letters
from localenv.stubs.sources.openapi.merging import Flat, flat
from localenv.stubs.sources.openapi.operations import Media, Operation
from localenv.stubs.sources.openapi.responses import Reply
from localenv.stubs.sources.openapi.schemas import Schemas
from localenv.stubs.vocabulary import HOST

_PROXIED = {"proxyBaseUrl": "responder:resources/{upstream}/http"}  # to the responder, which answers for resources
_OF_HOST = {  # for the URLs of other pages
    "additionalProxyRequestHeaders": {HOST: "{{request.headers.Host}}"},
    "transformers": [echoing.TRANSFORMER],
}
KEPT = (
    "kept: POST on a path, and one a segment longer, /items/{id}, whose answer has the id, or PUT on that with 201; "
    "for others write stubs"
)
_MOST_NAMED = 5
_CHANGING = frozenset(("POST", "PUT", "PATCH", "DELETE"))
_OF_ALL = {"POST": "create", "GET": "list"}
_OF_ITEM = {"POST": "change", "GET": "get", "PUT": "replace", "PATCH": "change", "DELETE": "delete"}  # PATCH over POST


def proxied(operation: Operation) -> dict[str, Any]:
    """The response that an operation on a resource has in WireMock."""
    return {**_PROXIED, **_OF_HOST} if operation.method == "GET" else _PROXIED


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
    for path in dict.fromkeys([*by_path, *items]):
        methods, item = by_path.get(path, {}), items.get(path, "")
        if not item or not _OF_ITEM.keys() & by_path[item].keys() or not _can_create(methods, by_path[item]):
            continue
        resource = Resource(path=path, item=item)
        resource.operations |= {kind: methods[method] for method, kind in _OF_ALL.items() if method in methods}
        resource.operations |= {
            kind: by_path[item][method] for method, kind in _OF_ITEM.items() if method in by_path[item]
        }
        found.append(resource)
    return found


def _can_create(methods: Mapping[str, Operation], of_item: Mapping[str, Operation]) -> bool:
    """Whether items are created: with POST to their collection, or with PUT, which says so with 201."""
    put = of_item.get("PUT")
    return "POST" in methods or (put is not None and "GET" in of_item and any(one.code == "201" for one in put.answers))


def plan(schemas: Schemas, resource: Resource, replies: Mapping[str, dict[str, list[Reply]]]) -> dict[str, Any] | None:
    """What the responder needs to keep a resource, as JSON; None for one whose items cannot be told apart.

    `replies` are the responses of each operation, by its name and their codes.
    """
    create = resource.operations.get("create") or resource.operations["replace"]
    success = create.success
    made = replies[create.name][success.code][0] if success else None
    shown = resource.operations.get("get")
    reply = replies[shown.name][shown.success.code][0] if shown and shown.success else made
    if made is None or reply is None:
        return None
    if not _properties(schemas, reply):  # alternatives, as an item or what is left of a deleted one
        reply = made
    found = _item(schemas, reply, resource.item)
    if found is None:
        return None
    item, key = found
    body = inner(reply.body, item.at)
    change = resource.operations.get("change")
    if change and change.method == "POST" and not _answers_with(schemas, change, replies, reply):
        del resource.operations["change"]  # another action on the item
    listed = resource.operations.get("list")
    pages = _paging(schemas, listed, replies) if listed else {}
    filters = listing.filters(schemas.contract, listed, item.properties) if listed else {}
    ranges = listing.ranges(schemas.contract, listed, item.properties) if listed else {}
    return {
        "path": resource.path,
        "key": key,
        "ids": item_ids.ids(schemas, item.properties[key], body[key], key),
        "item": body,
        "of_new": item_schemas.of_new(schemas.contract, item),
        "paging": pages,
        "filters": {name: one for name, one in filters.items() if name not in pages.values()},
        "ranges": {name: one for name, one in ranges.items() if name not in pages.values()},
        "searches": listing.searches(listed) if listed else [],
        "sorting": listing.sorting(listed) if listed else {},
        "parents": {name: one for name, one in _parents(schemas, resource.path, item.properties) if name != key},
        "operations": {
            kind: _operation(schemas, one, replies[one.name], item) for kind, one in resource.operations.items()
        },
    }


def _item(schemas: Schemas, reply: Reply, path: str) -> tuple[ItemSchema, str] | None:
    """The item in an answer, and its property that the last part of its path names; None for an answer without one."""
    collection, _, parameter = path.rpartition("/{")
    parameter = parameter.removesuffix("}")
    for one in item_schemas.parts(schemas.contract, {"$ref": reply.schema} if reply.schema else {}):
        key, body = item_ids.key(parameter, one.properties, collection), inner(reply.body, one.at)
        if key and isinstance(body, dict) and key in body:
            return one, key
    return None


def _parents(schemas: Schemas, path: str, properties: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The properties of an item that repeat parameters of its collection's path."""
    plain = {letters(name): name for name in properties}
    for parameter in re.findall(r"/\{([^/}]*)\}", path):
        if name := plain.get(letters(parameter)):
            kinds = flat(schemas.contract, properties[name]).get("type", ())
            yield name, {"parameter": parameter, "is_number": "integer" in kinds}


def _properties(schemas: Schemas, reply: Reply) -> Mapping[str, Any]:
    return (flat(schemas.contract, {"$ref": reply.schema}).get("properties") or {}) if reply.schema else {}


def _paging(schemas: Schemas, one: Operation, replies: Mapping[str, dict[str, list[Reply]]]) -> dict[str, Any]:
    """How a list is answered in pages."""
    reply = replies[one.name][one.success.code][0] if one.success else Reply(code="", status=200)
    return paging.paging(schemas.contract, one, reply.schema, reply.headers)


def _answers_with(
    schemas: Schemas, one: Operation, replies: Mapping[str, dict[str, list[Reply]]], shown: Reply
) -> bool:
    """Whether an operation answers as the one that shows an item, or without a body."""
    reply = replies[one.name][one.success.code][0] if one.success else None
    if reply is None or not reply.has_body:
        return True
    return _properties(schemas, reply).keys() == _properties(schemas, shown).keys()


def _operation(
    schemas: Schemas, one: Operation, by_code: Mapping[str, list[Reply]], item: ItemSchema
) -> dict[str, Any]:
    """What an operation answers, and which fields of its request are kept."""
    success = one.success
    reply = by_code[success.code][0] if success else Reply(code="", status=200)
    known = [each for each in one.body if each.schema and (each.is_json or each.type.startswith(form_fields.TYPE))]
    given = [_given(schemas, each, item) for each in known]
    fields = {
        name: schema
        for each in given
        for name, schema in item_schemas.kept_fields(schemas.contract, each.properties, item.properties).items()
    }
    is_patch = any(each.type.startswith(patching.JSON_PATCH) for each in known)
    own = item_schemas.own_fields(schemas.contract, item)
    if item_schemas.is_open(schemas.contract, [each for each in one.body if each.is_json]):
        fields = {**own, **fields}
    return {
        "status": reply.status,
        "headers": {**({"Content-Type": reply.type} if reply.has_body else {}), **reply.headers},
        "body": reply.body if reply.has_body else None,
        "has_body": reply.has_body,
        "at": _at(schemas, reply, item),
        "from": next((each.at for each in given if each.at), ()),
        "fields": fields,
        "defaults": {name: value for each in given for name, value in _defaults(schemas, each) if name in fields},
        "kinds": _kinds(schemas, next((each for each in known if not each.is_json), None)),
        "item_fields": own if is_patch else {},
        "required": flat(schemas.contract, item.schema).get("required", []),
        **_refusals(one, by_code),
    }


def _given(schemas: Schemas, media: Media, item: ItemSchema) -> ItemSchema:
    """Where a request has the fields of an item."""
    schema = {"$ref": media.schema}
    found = item_schemas.with_most(schemas.contract, schema, item.properties.keys())
    return found or ItemSchema(schema=schema, properties={})


def _at(schemas: Schemas, reply: Reply, item: ItemSchema) -> Sequence[str] | None:
    """The names that lead to the item in an answer; None for an answer without it."""
    if not reply.schema or not _properties(schemas, reply):
        return ()
    found = item_schemas.with_most(schemas.contract, {"$ref": reply.schema}, item.properties.keys())
    return found.at if found else None


def _refusals(one: Operation, by_code: Mapping[str, list[Reply]]) -> dict[str, Any]:
    """What an operation answers where there is no such item, or the item is not as the request wants it."""

    def documented(codes: tuple[str, ...], status: int, title: str) -> dict[str, Any]:
        reply = next((by_code[code][0] for code in codes if code in by_code), None)
        return _refusal(
            reply.status if reply and reply.code.isdigit() else status, reply or responses.problem(status, title)
        )

    return {
        "missing": documented(("404", "4XX"), 404, "Not Found"),
        "conflict": documented(("409", "422", "400", "4XX"), 409, "Conflict"),
        **({"orphan": documented(("404",), 404, "Not Found")} if "404" in by_code else {}),
        **({"taken": documented(("409",), 409, "Conflict")} if "409" in by_code else {}),
        **({"stale": documented(("412",), 412, "Precondition Failed")} if "412" in by_code else {}),
        **({"unchanged": documented(("304",), 304, "Not Modified")} if "304" in by_code else {}),
        **({"made": 201} if one.method == "PUT" and "201" in by_code else {}),
    }


def _defaults(schemas: Schemas, given: ItemSchema) -> Iterator[tuple[str, Any]]:
    """The values of fields that a request leaves out."""
    for name, one in given.properties.items():
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


def relate(plans: Sequence[dict[str, Any]]) -> None:
    """Tell each resource the path of the one in whose items its collections are; empty for none."""
    for plan in plans:
        found = [one["path"] for one in plans if plan["path"].startswith(f"{one['path']}/{{")]
        plan["above"] = max(found, key=len, default="")


def names(plans: list[dict[str, Any]], every: list[Resource]) -> Iterator[str]:
    """The names of the operations that the responder answers."""
    known = {one["path"] for one in plans}
    for resource in every:
        if resource.path in known:
            yield from (one.name for one in resource.operations.values())


def left_out(every: list[Operation], kept: set[str]) -> str:
    """The names of operations that change what others get, and that the responder does not answer; empty for none."""
    shown = {one.path for one in every if one.method == "GET"}
    within = tuple(f"{one.path}{end}" for one in every if one.method == "POST" and one.name in kept for end in "/:")
    changing = [
        one.name
        for one in every
        if one.method in _CHANGING and (one.path in shown or one.path.startswith(within)) and one.name not in kept
    ]
    more = f" and {len(changing) - _MOST_NAMED} more" if len(changing) > _MOST_NAMED else ""
    return ", ".join(changing[:_MOST_NAMED]) + more
