"""The responses of an operation: from the document's examples where they are valid, else generated."""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from localenv.stubs.sources.openapi import correcting, generating, paging, xml
from localenv.stubs.sources.openapi.merging import component
from localenv.stubs.sources.openapi.operations import DeclaredAnswer, Media, is_json, is_xml
from localenv.stubs.sources.openapi.pointers import uri
from localenv.stubs.sources.openapi.schemas import BrokenSchema, Direction, Schemas

Warn = Callable[[str, str, str], None]  # the URI of a place, the reason, a hint

_WITHOUT_BODY = frozenset({204, 205, 304})
_OF_SERVER = frozenset(
    {"content-type", "content-length", "transfer-encoding", "connection", "content-encoding", "date"}
)
_ONLY_PAGE = '<?>; rel="first"'  # a Link header that names no other page
_PROBLEM = "application/problem+json"
_CHANGED = (
    "the answer differs there; null must also be in the type, the enum or an alternative, and no object may lack the "
    "property of its discriminator"
)
MISFIT = "The request does not fit the contract; for the reason: localenv check --traffic"


@dataclass(frozen=True, kw_only=True)
class Reply:
    """One response; `body` is JSON where `is_json`, else text, and None without one."""

    code: str
    status: int
    type: str = ""
    is_json: bool = False
    body: Any = field(default=None, repr=False)
    has_body: bool = False
    headers: dict[str, str] = field(default_factory=dict)
    example: str = ""  # its name in the document
    schema: str = ""


def replies(schemas: Schemas, answer: DeclaredAnswer, method: str, warn: Warn) -> list[Reply]:
    """The response of an answer, then those of its named examples; raises BrokenSchema."""
    key = "replies", answer.uri, answer.code, _has_body(answer, method)
    if key not in schemas.contract.known:  # many operations refer to the same one
        schemas.contract.known[key] = [*_replies(schemas, answer, method, warn)]
    found: list[Reply] = schemas.contract.known[key]
    return found


def _replies(schemas: Schemas, answer: DeclaredAnswer, method: str, warn: Warn) -> Iterator[Reply]:
    media = preferred(answer.content)
    headers = dict(_headers(schemas, answer, warn))
    if media is None or not _has_body(answer, method):
        yield Reply(code=answer.code, status=answer.status, headers=headers)
        return
    yield from _of_media(schemas, answer, media, headers, warn)


def others(schemas: Schemas, answer: DeclaredAnswer, method: str, warn: Warn) -> Iterator[Reply]:
    """The response of an answer in the content types besides the preferred one; one that cannot be made is left out."""
    first = preferred(answer.content)
    headers = dict(_headers(schemas, answer, warn)) if len(answer.content) > 1 else {}
    for media in answer.content if _has_body(answer, method) else ():
        if media is not first and "*" not in media.type:
            try:
                yield next(_of_media(schemas, answer, media, headers, warn))
            except BrokenSchema as broken:
                warn(broken.uri, f"{broken.reason}; there is no answer as {media.type}", broken.hint)


def _has_body(answer: DeclaredAnswer, method: str) -> bool:
    return method != "HEAD" and answer.status not in _WITHOUT_BODY


def _of_media(
    schemas: Schemas, answer: DeclaredAnswer, media: Media, headers: dict[str, str], warn: Warn
) -> Iterator[Reply]:
    """The response in a content type, then those of its named examples."""
    named = [*_examples(schemas, media, warn)]
    value = named[0][1] if named else _generated(schemas, media)
    if not named and media.schema and not schemas.fits(media.schema, value, Direction.RESPONSE):
        hint = "write anyOf, or what tells the alternatives apart: another `enum` or `required` in each"
        warn(media.schema, "every value found fits several alternatives of a oneOf, and so does the answer", hint)
    for name, body in [("", value), *named]:
        yield Reply(
            code=answer.code,
            status=answer.status,
            type=_plain_type(media.type),
            is_json=media.is_json or media.type in ("*/*", "application/*"),
            body=body,
            has_body=True,
            headers=headers,
            example=name,
            schema=media.schema,
        )


def problem(status: int, title: str, detail: str = "") -> Reply:
    """The response of a contract that documents none: a problem, as RFC 9457 has it."""
    body = {"type": "about:blank", "title": title, "status": status, **({"detail": detail} if detail else {})}
    return Reply(code="", status=status, type=_PROBLEM, is_json=True, body=body, has_body=True)


def preferred(content: tuple[Media, ...]) -> Media | None:
    """The content type to answer with: JSON if there is one."""
    ranked = sorted(content, key=lambda one: (not one.type.startswith("application/json"), not one.is_json))
    return ranked[0] if ranked else None


def text(reply: Reply, schemas: Schemas) -> str:
    """The body of a response as it is sent."""
    known = schemas.contract.known
    key = "sent", id(reply.body), reply.type, "" if reply.is_json else reply.schema  # which names elements of XML
    if key not in known:  # many operations give the same one
        known[key] = reply.body, _text(reply, schemas)  # kept, so that its id stays its own
    found: str = known[key][1]
    return found


def _text(reply: Reply, schemas: Schemas) -> str:
    value, kind = reply.body, reply.type.partition(";")[0]
    if reply.is_json:
        return json.dumps(value, ensure_ascii=False).replace("{{", "\\u007b\\u007b")
    if is_xml(kind) and not isinstance(value, str):
        return xml.text(schemas.contract, reply.schema, value)
    if isinstance(value, str):
        return value
    if kind == "application/x-www-form-urlencoded" and isinstance(value, dict):
        return urlencode({name: _flat(one) for name, one in value.items()})
    if kind == "text/event-stream":
        return f"data: {json.dumps(value, ensure_ascii=False)}\n\n"
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def _plain_type(kind: str) -> str:
    return {"*/*": "application/json", "application/*": "application/json", "text/*": "text/plain"}.get(
        kind, "image/png" if kind == "image/*" else kind
    )


def _generated(schemas: Schemas, media: Media) -> Any:
    if not media.schema:
        return {} if media.is_json else ""
    key = "page", component(schemas.contract, media.schema)
    if key not in schemas.contract.known:
        made = generating.generate(schemas, media.schema, Direction.RESPONSE)
        schemas.contract.known[key] = paging.as_last(schemas, media.schema, made)
    return schemas.contract.known[key]


def _examples(schemas: Schemas, media: Media, warn: Warn) -> Iterator[tuple[str, Any]]:
    """The examples of a content type that fit its schema, with their names; warns of the others."""
    for name, value, place in _written(schemas, media):
        value = _parsed(schemas, media, value)
        wrong = schemas.violation(media.schema, value, Direction.RESPONSE) if media.schema else None
        if not media.is_json and isinstance(value, str):
            yield name, value
        elif wrong is None:
            yield name, _corrected(schemas, media, value, place, warn)
        else:
            pointer = wrong.pointer.removeprefix("#")
            warn(
                f"{place}{pointer}",
                f"the example does not fit its schema: {wrong.reason}",
                "another answer is generated",
            )


def _parsed(schemas: Schemas, media: Media, value: Any) -> Any:
    """The value of an example that is written as a text of JSON, where the text itself does not fit."""
    if media.is_json and isinstance(value, str) and value[:1] in "{[" and media.schema:
        with suppress(ValueError, RecursionError):
            found = json.loads(value)
            return value if schemas.fits(media.schema, value, Direction.RESPONSE) else found
    return value


def _corrected(schemas: Schemas, media: Media, value: Any, place: str, warn: Warn) -> Any:
    """An example that fits, also strictly where that can be: a client may read it so."""
    with suppress(BrokenSchema):
        if not media.schema or schemas.strict(media.schema).fits(media.schema, value, Direction.RESPONSE):
            return value
        found = correcting.corrected(schemas, media.schema, value, _generated(schemas, media))
        if found is not None:
            for one in found[1]:
                where = f"{place}{one.pointer.removeprefix('#')}"
                warn(where, f"the example does not fit its schema, taken strictly: {one.reason}", _CHANGED)
            return found[0]
    return value


def _written(schemas: Schemas, media: Media) -> Iterator[tuple[str, Any, str]]:
    if "example" in media.value:
        yield "", media.value["example"], uri(media.uri, "example")
    examples = media.value.get("examples")
    for name, one in (examples if isinstance(examples, dict) else {}).items():
        found, ref = _resolved(schemas, one, uri(media.uri, "examples", name))
        if isinstance(found, dict) and "value" in found:
            yield name, found["value"], uri(ref or uri(media.uri, "examples", name), "value")
    if media.schema:
        schema, ref = _resolved(schemas, media.value["schema"], media.schema)
        place = ref or media.schema
        if isinstance(schema, dict) and "example" in schema:
            yield "", schema["example"], uri(place, "example")
        elif isinstance(schema, dict) and isinstance(listed := schema.get("examples"), list) and listed:
            yield "", listed[0], uri(place, "examples", 0)


def _resolved(schemas: Schemas, value: Any, place: str) -> tuple[Any, str]:
    try:
        return schemas.contract.resolved(value)
    except (KeyError, IndexError, ValueError) as error:
        at = schemas.contract.shown(error.args[0])[1] if isinstance(error, KeyError) else place
        raise BrokenSchema(place, f"$ref leads nowhere: {at}") from error


def _headers(schemas: Schemas, answer: DeclaredAnswer, warn: Warn) -> Iterator[tuple[str, str]]:
    for name, (header, place) in answer.headers.items():
        if name.lower() in _OF_SERVER or not isinstance(header, dict):
            continue
        try:
            value = _header(schemas, name, header, place)
        except BrokenSchema as broken:
            warn(broken.uri, f"the header {name} is left out: {broken.reason}", broken.hint)
            continue
        yield name, _flat(value).replace("\n", " ").replace("\r", " ")


def _header(schemas: Schemas, name: str, header: dict[str, Any], place: str) -> Any:
    if header.get("example") is not None:
        return header["example"]
    examples = header.get("examples")
    for one in (examples if isinstance(examples, dict) else {}).values():
        if isinstance(one, dict) and "value" in one:
            return one["value"]
    content = next(iter(header["content"].items()), None) if isinstance(header.get("content"), dict) else None
    if content and isinstance(content[1], dict) and "schema" in content[1]:
        value = generating.generate(schemas, uri(place, "content", content[0], "schema"), Direction.RESPONSE)
        return json.dumps(value) if is_json(content[0]) else value
    if "schema" not in header:
        return _ONLY_PAGE if name.lower() == "link" else "value"
    schema = uri(place, "schema")
    if name.lower() == "link" and schemas.fits(schema, _ONLY_PAGE, Direction.RESPONSE):
        return _ONLY_PAGE
    return generating.generate(schemas, schema, Direction.RESPONSE)


def _flat(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(map(_flat, value))
    return value if isinstance(value, str) else json.dumps(value)
