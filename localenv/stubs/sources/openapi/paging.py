"""How a list is asked for in pages: the parameters of an operation that say so, and what its answer tells of others."""

import copy
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from localenv.stubs.sources.openapi.lettering import letters
from localenv.stubs.sources.openapi.merging import Flat, flat
from localenv.stubs.sources.openapi.operations import Operation
from localenv.stubs.sources.openapi.reading import Contract
from localenv.stubs.sources.openapi.schemas import Direction, Schemas

_PARAMETERS: Mapping[str, frozenset[str]] = {
    "limit": frozenset(("limit", "perpage", "pagesize", "size", "maxresults", "count", "first", "top", "take")),
    "offset": frozenset(("offset", "skip", "start", "startat")),
    "page": frozenset(("page", "pagenumber", "pageno")),
    "after": frozenset((
        *("startingafter", "after", "cursor", "pagetoken", "nexttoken", "nextpagetoken", "continuationtoken"),
        *("startcursor", "marker"),
    )),
}  # fmt: skip
_TOLD: Mapping[str, frozenset[str]] = {
    "more": frozenset(("hasmore", "hasnext", "hasnextpage", "istruncated")),
    "next": frozenset((
        *("nextcursor", "nextpagetoken", "nexttoken", "next", "nextpage", "continuationtoken", "nextmarker"),
        *("nexturl", "nextpageurl", "nextpageuri", "nexturi", "nextlink", "nexthref", "odatanextlink"),
    )),
    "previous": frozenset((
        *("previous", "prev", "previouspage", "prevpage", "previousurl", "prevurl", "previouspageurl", "prevpageurl"),
        *("previouspageuri", "prevpageuri", "previousuri", "previouslink", "prevlink", "previouscursor", "prevcursor"),
    )),
    "first": frozenset(("first", "firsturl", "firstpageurl", "firstpageuri")),
    "last": frozenset(("last", "lasturl", "lastpageurl", "lastpageuri")),
    "self": frozenset(("self",)),
    "total": frozenset(("total", "totalcount", "totalitems", "totalelements", "totalresults")),
    "pages": frozenset(("pages", "totalpages", "pagecount")),
    "page": frozenset(("page", "pagenumber", "currentpage")),
    "size": frozenset(("perpage", "pagesize", "limit", "itemsperpage")),
    "link": frozenset(("link",)),
}  # fmt: skip
_OTHER_PAGES = ("next", "previous", "first", "last", "self")
_AROUND = frozenset(("links", "pagination", "paging", "meta", "metadata", "page", "pageinfo"))
_URL_FORMATS = frozenset(("uri", "uri-reference", "iri", "iri-reference", "url"))
_NAMED_URL = re.compile(r"ur[li]$|link$|href$")


def paging(contract: Contract, operation: Operation, answer: str, headers: Iterable[str]) -> dict[str, Any]:
    """What the responder needs to answer in pages; `answer` is the schema of the answer, or empty.

    `limit`, `offset`, `page` and `after` are names of query parameters, `default` the size of a page and `first` the
    number of the first one; `fields` are those of the answer that show its pages, `headers` the headers that do.
    """
    found: dict[str, Any] = {}
    for one in operation.parameters:
        kind = next((kind for kind, names in _PARAMETERS.items() if letters(one.name) in names), "")
        if one.place != "query" or not kind or kind in found:
            continue
        schema = flat(contract, {"$ref": one.schema}) if one.schema else {}
        found[kind] = one.name
        if kind == "limit" and _is_number(schema.get("default")):
            found["default"] = schema["default"]
        if kind == "page":
            found["first"] = 0 if 0 in (schema.get("minimum"), schema.get("default")) else 1
    if not found:
        return {}
    kinds = {name: _kind(re.sub("^x|^pagination", "", letters(name))) for name in headers}
    fields = [*_page_fields(contract, answer, "after" in found)]
    return {**found, "fields": fields, "headers": {name: kind for name, kind in kinds.items() if kind}}


def as_last(schemas: Schemas, answer: str, body: Any) -> Any:
    """A generated answer as the only page of a list: a client that reads page after page ends with it."""
    if not isinstance(body, dict) or not any(isinstance(one, list) for one in body.values()):
        return body
    ended = copy.deepcopy(body)
    for one in _page_fields(schemas.contract, answer, has_cursor=True):
        if one["to"] in ("more", "next", "previous"):
            _end(ended, one)
    is_whole = ended == body or schemas.strict(answer).violation(answer, ended, Direction.RESPONSE) is not None
    return body if is_whole else ended


def _end(body: dict[str, Any], field: Mapping[str, Any]) -> None:
    *above, name = field["path"]
    for key in above:
        body = body.get(key) or {}
    if name not in body:
        return
    if field["to"] == "more":
        body[name] = False
    elif field["last"]:
        body[name] = field["last"][0]
    elif field["last"] is not None:
        del body[name]


def _page_fields(contract: Contract, answer: str, has_cursor: bool) -> Iterator[dict[str, Any]]:
    """The fields of an answer that show its pages: the path of each, what it shows, and its form.

    `last` holds its value where there is no such page: none in an empty list, and None where the contract has none.
    """
    for path, schema, is_required in _properties(contract, answer):
        to = _kind(letters(path[-2] if path[-1] == "href" and len(path) > 1 else path[-1]))
        form = _form(letters(path[-1]), schema, to, has_cursor)
        if form:
            yield {"path": path, "to": to, "form": form, "last": _last(schema, is_required=is_required)}


def _properties(contract: Contract, answer: str) -> Iterator[tuple[list[str], Flat, bool]]:
    """The properties of an answer, those around its pages, and `href` in links."""
    for name, schema, is_required in _of(contract, {"$ref": answer} if answer else {}):
        yield [name], schema, is_required
        if letters(name) in _AROUND:
            for inner, about, is_needed in _of(contract, schema):
                yield [name, inner], about, is_needed
                if _kind(letters(inner)) in _OTHER_PAGES:
                    hrefs = (each for each in _of(contract, about) if each[0] == "href")
                    yield from (([name, inner, href], each, needed) for href, each, needed in hrefs)


def _of(contract: Contract, schema: Any) -> Iterator[tuple[str, Flat, bool]]:
    about = flat(contract, schema)
    required = about.get("required") or ()
    for name, one in (about.get("properties") or {}).items():
        yield name, flat(contract, one), name in required


def _form(name: str, schema: Flat, to: str, has_cursor: bool) -> str:
    """How a property tells of its page: as `flag`, `number`, `url` or `cursor`; empty if it does not."""
    kinds = set(schema.get("type", ()))
    if to == "more":
        return "flag" if "boolean" in kinds else ""
    if kinds & {"integer", "number"}:
        return "number" if to not in ("", "first", "last", "self", "link") else ""
    if to not in _OTHER_PAGES or "string" not in kinds:
        return ""
    if schema.get("format") in _URL_FORMATS or _NAMED_URL.search(name) or not has_cursor:
        return "url"
    return "cursor" if to in ("next", "previous") else ""


def _last(schema: Flat, *, is_required: bool) -> list[Any] | None:
    kinds = schema.get("type", ())
    if "null" in kinds:
        return [None]
    if is_required:
        return [""] if "string" in kinds and schema.get("format") not in _URL_FORMATS else None
    return []


def _kind(plain: str) -> str:
    return next((kind for kind, names in _TOLD.items() if plain in names), "")


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
