"""WireMock's matchers for the bodies of requests."""

import json
from collections.abc import Iterator

from localenv.stubs.sources.openapi import forms, generating, texts
from localenv.stubs.sources.openapi.closing import TooLarge, closed, with_any_of
from localenv.stubs.sources.openapi.matching import both, content_type
from localenv.stubs.sources.openapi.merging import flat
from localenv.stubs.sources.openapi.operations import Media, Operation, is_xml
from localenv.stubs.sources.openapi.reading import Contract
from localenv.stubs.sources.openapi.schemas import Direction, Schemas
from localenv.stubs.sources.openapi.texts import RequestMatcher

_NOT_EMPTY: RequestMatcher = {"bodyPatterns": [{"matches": r"(?s).*\S.*"}]}
_JSON: RequestMatcher = {  # for a schema of WireMock's a text that is no JSON is a string
    "or": [texts.fitting({"not": {"type": "string"}}), {"matches": r'(?s)\s*".*"\s*'}]
}
_WELL_FORMED: RequestMatcher = {"bodyPatterns": [{"matchesXPath": "/*"}]}  # XML, of whatever elements


def bodies(schemas: Schemas, operation: Operation) -> Iterator[tuple[Media | None, RequestMatcher]]:
    """Each content type of the body, and none where it is optional, with what the pattern needs besides.

    Raises TooLarge for a schema that WireMock should not hold.
    """
    if not operation.body:
        yield None, {}
        return
    for media in operation.body:
        body = _body(schemas, media)
        if operation.is_body_required and not (media.is_json and body):
            body = both(body, _NOT_EMPTY)
        yield media, {"headers": {"Content-Type": content_type(media.type)}, **body}
    if not operation.is_body_required:
        yield None, {"bodyPatterns": [{"absent": True}]}


def misfits(contract: Contract, operation: Operation) -> Iterator[RequestMatcher]:
    """Patterns for bodies that do not fit although each matcher of their pattern finds a value that does."""
    for media in operation.body:
        for found in forms.misfits(contract, media):
            yield {"headers": {"Content-Type": content_type(media.type)}, **found}


def _body(schemas: Schemas, media: Media) -> RequestMatcher:
    contract = schemas.contract
    if not media.schema:
        return _WELL_FORMED if is_xml(media.type) else {}
    if media.is_json:
        schema = closed(contract, {"$ref": media.schema})
        if '"oneOf"' in json.dumps(schema) and generating.is_ambiguous(schemas, media.schema, Direction.REQUEST):
            schema = with_any_of(schema)
        kinds = flat(contract, {"$ref": media.schema}).get("type", ("string",))
        fitting = [texts.fitting(schema)] if schema else []
        return {"bodyPatterns": [*fitting, _JSON] if "string" in kinds else fitting}
    if is_xml(media.type):
        return _WELL_FORMED
    if forms.is_form(media):
        return forms.fields(contract, media)
    if media.type.startswith("text/"):
        return _text(contract, media)
    return forms.parts(contract, media) if media.type.startswith("multipart/") else {}


def _text(contract: Contract, media: Media) -> RequestMatcher:
    """A pattern for a text, which may end with a line break."""
    value = texts.matcher(contract, {"$ref": media.schema})
    if value and value.keys() == {"matches"}:
        value = {"matches": rf"(?:{value['matches']})\r?\n?"}
    return {"bodyPatterns": [value]} if value else {}


__all__ = ["TooLarge", "bodies", "misfits"]
