"""The operations of a contract as values, with the URIs of their schemas."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from localenv.stubs.sources.openapi.merging import flat
from localenv.stubs.sources.openapi.pointers import BASE, uri
from localenv.stubs.sources.openapi.reading import Contract
from localenv.stubs.sources.openapi.schemas import BrokenSchema

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

PATHS = f"{BASE}0#/paths"

_CODE = re.compile(r"[1-5](\d\d|[xX]{2})|default")
_MOST_LEVEL = 5
_IGNORED = frozenset({"accept", "content-type", "authorization"})  # header parameters that OpenAPI ignores


@dataclass(frozen=True, kw_only=True)
class Media:
    """A body in one content type; `schema` is a URI, empty for one without."""

    type: str
    uri: str
    schema: str
    value: Mapping[str, Any] = field(repr=False)

    @property
    def is_json(self) -> bool:
        """Whether it is JSON."""
        return is_json(self.type)


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A parameter of a request."""

    name: str
    place: str  # path, query, header, cookie
    is_required: bool
    schema: str  # a URI, empty for none and for an object
    fields: str  # the URI of the schema of an object, whose properties are sent as text
    is_list: bool  # an array
    is_exploded: bool
    is_json: bool  # sent as JSON
    may_be_empty: bool
    style: str
    uri: str


@dataclass(frozen=True, kw_only=True)
class DeclaredAnswer:
    """A documented response: `code` as written, such as 200, 4XX or default."""

    code: str
    uri: str
    content: tuple[Media, ...]
    headers: Mapping[str, Any] = field(repr=False)

    @property
    def status(self) -> int:
        """A status of its range."""
        if self.code.isdigit():
            return int(self.code)
        return 500 if self.code == "default" else int(self.code[0]) * 100


@dataclass(frozen=True, kw_only=True)
class Operation:
    """A method on a path; `path` is a template, with the base path and without query and fragment."""

    method: str
    path: str
    query: str  # of the path's key
    fragment: str
    uri: str
    name: str  # `POST /charges`, with the path as in the contract
    id: str
    parameters: tuple[Parameter, ...]
    body: tuple[Media, ...]
    is_body_required: bool
    answers: tuple[DeclaredAnswer, ...]
    ignored: Mapping[str, str] = field(repr=False)  # keys of responses that are no code, with their URIs
    security: tuple[Mapping[str, Any], ...] = field(repr=False)  # alternatives: the schemes of each

    @property
    def schemas(self) -> Iterator[str]:
        """The URIs of the schemas of its parameters, bodies and answers."""
        media = (*self.body, *(one for answer in self.answers for one in answer.content))
        every = (*(one.schema or one.fields for one in self.parameters), *(one.schema for one in media))
        return filter(None, every)

    @property
    def is_labelled(self) -> bool:
        """Whether the fragment of its path only names it: no request shows which of such operations is meant."""
        return bool(self.fragment) and "=" not in self.fragment and not self.query

    @property
    def level(self) -> int:
        """The level of its path: with a query or fragment, literal, and by the number of templates."""
        if self.query or (self.fragment and not self.is_labelled):
            return 0
        return min(1 + self.path.count("{"), _MOST_LEVEL)

    @property
    def success(self) -> DeclaredAnswer | None:
        """The answer to a request that is in order: the first of 2xx, else of any."""
        ranked = sorted(self.answers, key=lambda one: (_rank(one.code), one.code))
        return ranked[0] if ranked else None

    def answer(self, status: int) -> DeclaredAnswer | None:
        """The documented answer with a status: exactly, by range, or by default."""
        by_code = {one.code.upper(): one for one in self.answers}
        return by_code.get(str(status)) or by_code.get(f"{status // 100}XX") or by_code.get("DEFAULT")


def _rank(code: str) -> int:
    return {"2": 0, "d": 1, "3": 2, "1": 3}.get(code[:1], 4)


def is_xml(media: str) -> bool:
    """Whether a content type is XML."""
    return media.partition(";")[0].strip().lower().endswith(("/xml", "+xml"))


def is_json(media: str) -> bool:
    """Whether a content type is JSON."""
    kind = media.partition(";")[0].strip().lower()
    return kind in ("application/json", "text/json") or kind.endswith("+json")


def base_path(servers: Any) -> str:
    """The path of the first server, with its variables at their defaults; empty for none."""
    first = servers[0] if isinstance(servers, list) and servers and isinstance(servers[0], dict) else {}
    url = str(first.get("url", ""))
    variables = first.get("variables")
    for name, about in (variables if isinstance(variables, dict) else {}).items():
        if isinstance(about, dict) and "default" in about:
            url = url.replace(f"{{{name}}}", str(about["default"]))
    path = "/" + url.partition("://")[2].partition("/")[2] if "://" in url else url
    path = path.partition("?")[0].partition("#")[0].rstrip("/").removeprefix(".")
    return path if path.startswith("/") or not path else f"/{path}"


def operations(contract: Contract, base: str | None = None) -> Iterator[Operation | BrokenSchema]:
    """Every operation, in order; a broken one as its reason. `base` replaces the path of its server."""
    for key, item in contract.root["paths"].items():
        if key.startswith("x-"):
            continue
        place = uri(PATHS, key)
        try:
            item, ref = contract.resolved(item)
        except (KeyError, IndexError, ValueError) as error:
            yield BrokenSchema(place, f"$ref leads nowhere: {_target(error)}")
            continue
        if not isinstance(item, dict) or not key.startswith("/"):
            yield BrokenSchema(place, "must be an object" if key.startswith("/") else "a path must begin with /")
            continue
        if re.search(r"\{[^}]*(\{|$)", key):
            yield BrokenSchema(place, "a { of the path is not closed")
            continue
        for method in METHODS:
            if method in item:
                try:
                    yield _operation(contract, base, key, method, item, ref or place)
                except BrokenSchema as broken:
                    yield broken
                except (KeyError, IndexError, ValueError, TypeError, AttributeError, RecursionError) as error:
                    yield BrokenSchema(uri(ref or place, method), f"cannot be read: {_target(error)}")


def _operation(contract: Contract, base: str | None, key: str, method: str, item: Any, place: str) -> Operation:
    found, here = _resolved(contract, item[method], uri(place, method))  # also one in a file of its own
    if not isinstance(found, dict):
        raise BrokenSchema(here, "must be an object")
    if not isinstance(found.get("responses", {}), dict):
        raise BrokenSchema(uri(here, "responses"), "must be an object")
    path, _, fragment = key.partition("#")
    path, _, query = path.partition("?")
    if base is None:
        base = base_path(found.get("servers") or item.get("servers") or contract.root.get("servers"))
    body, body_at = _resolved(contract, found.get("requestBody"), uri(here, "requestBody"))
    body = body or {}
    return Operation(
        method=method.upper(),
        path=f"/{base.strip('/')}{path}" if base.strip("/") else path,
        query=query,
        fragment=fragment,
        uri=here,
        name=f"{method.upper()} {key}",
        id=str(found.get("operationId", "")),
        parameters=tuple(_parameters(contract, item, place, found, here)),
        body=tuple(_content(body, body_at)),
        is_body_required=body.get("required") is True,
        answers=tuple(_answers(contract, found.get("responses", {}), uri(here, "responses"))),
        ignored={
            str(code): uri(here, "responses", code)
            for code in found.get("responses", {})
            if not _CODE.fullmatch(str(code)) and not str(code).startswith("x-")
        },
        security=tuple(_security(contract, found)),
    )


def _parameters(contract: Contract, item: Any, place: str, found: Any, here: str) -> Iterator[Parameter]:
    named: dict[tuple[str, str], Parameter] = {}
    for owner, at in ((item, place), (found, here)):
        for number, one in enumerate(owner.get("parameters") or ()):
            value, where = _resolved(contract, one, uri(at, "parameters", number))
            if not isinstance(value, dict) or not isinstance(value.get("name"), str):
                raise BrokenSchema(where, "a parameter needs a name")
            key = "parameter", where
            if key not in contract.known:  # many operations refer to the same one
                contract.known[key] = _parameter(contract, value, where)
            parameter: Parameter = contract.known[key]
            if parameter.place != "header" or parameter.name.lower() not in _IGNORED:
                named[parameter.place, parameter.name] = parameter
    yield from named.values()


def _parameter(contract: Contract, value: Mapping[str, Any], where: str) -> Parameter:
    place = str(value.get("in"))
    if place not in ("path", "query", "header", "cookie"):
        raise BrokenSchema(uri(where, "in"), f"a parameter is in path, query, header or cookie, not {place}")
    schema = uri(where, "schema") if "schema" in value else ""
    style = str(value.get("style", "form" if place in ("query", "cookie") else "simple"))
    content = next(_content(value, where), None)
    kinds = flat(contract, value.get("schema", {})).get("type", ())
    if content is not None:
        schema, kinds = content.schema if content.is_json else "", ()
    return Parameter(
        name=value["name"],
        place=place,
        is_required=value.get("required") is True or place == "path",
        schema="" if "object" in kinds else schema,
        fields=schema if "object" in kinds else "",
        is_list="array" in kinds,
        is_exploded=value.get("explode", style == "form") is True,
        is_json=content is not None and content.is_json,
        may_be_empty=place == "query" and value.get("allowEmptyValue") is True,
        style=style,
        uri=where,
    )


def types(schema: Any) -> tuple[str, ...]:
    """The types that a schema names; empty for any."""
    kind = schema.get("type") if isinstance(schema, dict) else None
    if isinstance(kind, str):
        return (kind,)
    return tuple(one for one in kind if isinstance(one, str)) if isinstance(kind, list) else ()


def _content(value: Mapping[str, Any], where: str) -> Iterator[Media]:
    for kind, media in (value.get("content") or {}).items():
        here = uri(where, "content", kind)
        if not isinstance(media, dict):
            raise BrokenSchema(here, "must be an object")
        yield Media(type=kind, uri=here, schema=uri(here, "schema") if "schema" in media else "", value=media)


def _answers(contract: Contract, responses: Mapping[str, Any], where: str) -> Iterator[DeclaredAnswer]:
    for code, one in responses.items():
        if not _CODE.fullmatch(str(code)):
            continue
        value, at = _resolved(contract, one, uri(where, code))
        if not isinstance(value, dict):
            raise BrokenSchema(at, "must be an object")
        headers = {}
        for name, header in (value.get("headers") or {}).items():
            found, place = _resolved(contract, header, uri(at, "headers", name))
            headers[name] = (found, place)
        yield DeclaredAnswer(code=str(code), uri=at, content=tuple(_content(value, at)), headers=headers)


def _security(contract: Contract, found: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    known = (contract.root.get("components") or {}).get("securitySchemes") or {}
    wanted: Sequence[Any] = found.get("security", contract.root.get("security")) or ()
    for alternative in wanted:
        schemes = {name: contract.resolved(known.get(name) or {})[0] for name in alternative}
        yield schemes


def _resolved(contract: Contract, value: Any, where: str) -> tuple[Any, str]:
    try:
        found, ref = contract.resolved(value)
    except (KeyError, IndexError, ValueError, TypeError) as error:
        raise BrokenSchema(where, f"$ref leads nowhere: {_target(value)}") from error
    return found, ref or where


def _target(value: Any) -> str:
    value = value.args[0] if isinstance(value, KeyError) else value
    ref = value.get("$ref", "") if isinstance(value, dict) else str(value)
    return str(ref).partition("#")[2] or str(ref)
