"""Judge exchanges of the journal by a contract: the request, and the response that it got."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs, unquote

from localenv.stubs.sources.kind import Exchange, Verdict
from localenv.stubs.sources.openapi import matching
from localenv.stubs.sources.openapi.merging import Flat, flat
from localenv.stubs.sources.openapi.operations import Media, Operation, Parameter, operations
from localenv.stubs.sources.openapi.reading import Contract
from localenv.stubs.sources.openapi.routing import Routes
from localenv.stubs.sources.openapi.schemas import BrokenSchema, Direction, Schemas
from localenv.stubs.urls import path_of, query_of

_NAME = re.compile(rb'\bname="?([^";\r\n]+)')
_NOTHING = object()


@dataclass(kw_only=True)
class ContractJudge:
    """Judges by one contract; keeps what it has compiled."""

    contract: Contract
    base: str | None
    is_strict: bool
    _fields: dict[str, Flat] = field(default_factory=dict)

    def judge(self, exchange: Exchange) -> Sequence[Verdict]:
        """Everything in an exchange that the contract does not allow."""
        operation = self.find(exchange.method, exchange.url, exchange.headers)
        if operation is None:
            path = path_of(exchange.url)
            name = f"{exchange.method} {path}"
            return [Verdict(operation=name, part="request", pointer="", reason="the contract has no such operation")]
        found = [] if exchange.is_unasked else [*self._request(operation, exchange)]
        if not exchange.is_own and not exchange.fault:
            found += self._response(operation, exchange)
        return [Verdict(operation=operation.name, part=part, pointer=at, reason=why) for part, at, why in found]

    def find(self, method: str, url: str, headers: Mapping[str, str] | None = None) -> Operation | None:
        """The operation of a request: of several, the one with the most precise path."""
        return self._routes.find(method, url, headers)

    @cached_property
    def _routes(self) -> Routes:
        return Routes(one for one in operations(self.contract, self.base) if isinstance(one, Operation))

    @cached_property
    def _schemas(self) -> Schemas:
        return Schemas(self.contract)

    def _request(self, operation: Operation, exchange: Exchange) -> Iterator[tuple[str, str, str]]:
        sent = _Sent(operation, exchange)
        for parameter in operation.parameters:
            yield from self._parameter(parameter, sent.values(parameter))
        if self.is_strict and (missing := _missing_security(operation, exchange)):
            yield "request", "", missing
        if operation.body:
            yield from self._body("request", operation.body, exchange.headers, exchange.body, Direction.REQUEST,
                                  is_required=operation.is_body_required)  # fmt: skip

    def _parameter(self, parameter: Parameter, values: list[str]) -> Iterator[tuple[str, str, str]]:
        what = f"{parameter.place} parameter {parameter.name}"
        if not values:
            if parameter.is_required and parameter.style != "deepObject":
                yield "request", "", f"the {what} is missing"
            return
        if parameter.schema and parameter.style != "deepObject":
            found = self._flat(parameter.schema)
            if parameter.is_list:
                separator = {"spaceDelimited": " ", "pipeDelimited": "|"}.get(parameter.style, ",")
                split = values if parameter.is_exploded and len(values) > 1 else values[0].split(separator)
                items = flat(self.contract, found.get("items", {}))
                value: Any = [_coerced(one.strip(), items) for one in split]
            else:
                value = _coerced(values[0], found)
            wrong = self._violation(parameter.schema, value, Direction.REQUEST)
            if wrong:
                yield "request", "", f"the {what}: {wrong[1]}"

    def _body(
        self,
        part: str,
        content: Sequence[Media],
        headers: Mapping[str, str],
        body: bytes,
        direction: Direction,
        *,
        is_required: bool,
    ) -> Iterator[tuple[str, str, str]]:
        if not body.strip():
            if is_required:
                yield part, "#", "the body is missing"
            return
        kind = headers.get("content-type", "")
        if not kind and part == "response":  # WireMock sends none by itself, and clients read the body all the same
            kind = next((one.type for one in content if one.is_json), "")
        media = next((one for one in content if re.fullmatch(matching.content_type(one.type)["matches"], kind)), None)
        if media is None:
            known = ", ".join(one.type for one in content)
            yield part, "", f"the content type is {kind or 'missing'}, not {known}"
            return
        if not media.schema:
            return
        if media.is_json:
            try:
                value = json.loads(body)
            except ValueError as error:
                yield part, "#", f"the body is not JSON: {error}"
                return
        elif (value := self._form(media, body)) is _NOTHING:
            return
        if wrong := self._violation(media.schema, value, direction):
            yield part, *wrong

    def _form(self, media: Media, body: bytes) -> Any:
        properties = self._flat(media.schema).get("properties") or {}
        if matching.is_form(media):
            given = parse_qs(body.decode(errors="replace"), keep_blank_values=True)
            return {name: self._field(properties.get(name, {}), values) for name, values in given.items()}
        if media.type.startswith("multipart/"):
            names = {one.decode(errors="replace") for one in _NAME.findall(body)}
            required = self._flat(media.schema).get("required") or ()
            return _NOTHING if names.issuperset(required) else dict.fromkeys(names, "")
        return _NOTHING

    def _field(self, schema: Any, values: list[str]) -> Any:
        found = flat(self.contract, schema)
        if "array" in found.get("type", ()):
            items = flat(self.contract, found.get("items", {}))
            return [_coerced(one, items) for one in values]
        return _coerced(values[0], found)

    def _response(self, operation: Operation, exchange: Exchange) -> Iterator[tuple[str, str, str]]:
        answer = operation.answer(exchange.status)
        if answer is None:
            if operation.answers and exchange.status < 500:  # every service can fail
                known = ", ".join(one.code for one in operation.answers)
                yield "response", "", f"the status {exchange.status} is not documented, only {known}"
            return
        if answer.content and exchange.method != "HEAD":
            headers, body = exchange.answer_headers, exchange.answer
            yield from self._body("response", answer.content, headers, body, Direction.RESPONSE, is_required=False)
        for name, (header, _) in answer.headers.items():
            is_needed = isinstance(header, dict) and header.get("required") is True
            if is_needed and name.lower() not in exchange.answer_headers:
                yield "response", "", f"the header {name} is missing"

    def _violation(self, uri: str, value: Any, direction: Direction) -> tuple[str, str] | None:
        try:
            found = self._schemas.violation(uri, value, direction)
        except BrokenSchema:  # `check` reports it
            return None
        return (found.pointer, found.reason) if found else None

    def _flat(self, uri: str) -> Flat:
        if uri not in self._fields:
            self._fields[uri] = flat(self.contract, {"$ref": uri})
        return self._fields[uri]


class _Sent:
    """The parameters of a request."""

    def __init__(self, operation: Operation, exchange: Exchange) -> None:
        self._path = self._of_path(operation, path_of(exchange.url))
        self._query = parse_qs(query_of(exchange.url), keep_blank_values=True)
        self._headers = exchange.headers

    def values(self, parameter: Parameter) -> list[str]:
        """The values of a parameter."""
        match parameter.place:
            case "path":
                return self._path.get(parameter.name, [""])
            case "query":
                return self._query.get(parameter.name, [])
            case "header":
                return [self._headers[name]] if (name := parameter.name.lower()) in self._headers else []
        pairs = (one.strip().partition("=") for one in self._headers.get("cookie", "").split(";"))
        return [value for name, _, value in pairs if name == parameter.name]

    def _of_path(self, operation: Operation, path: str) -> dict[str, list[str]]:
        names = re.findall(r"\{([^}]*)\}", operation.path)
        parts = re.split(r"(\{[^}]*\})", matching.encoded(operation.path))
        expression = "".join("([^/]+)" if part[:1] == "{" else re.escape(part) for part in parts)
        found = re.fullmatch(expression, path)
        return {name: [unquote(value)] for name, value in zip(names, found.groups() if found else (), strict=False)}


def _coerced(text: str, schema: Flat) -> Any:
    """A value that travels as text, as its schema means it."""
    kinds = schema.get("type", ())
    if not ({"integer", "number", "boolean", "null"} & set(kinds)) and not _enumerates_others(schema):
        return text
    if text in ("true", "false"):
        return text == "true" if "boolean" in kinds or _enumerates_others(schema) else text
    if text in ("", "null") and "null" in kinds:
        return None
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, int | float) and not isinstance(value, bool) else text


def _enumerates_others(schema: Flat) -> bool:
    return "type" not in schema and any(not isinstance(one, str) for one in schema.get("enum", ()))


def _missing_security(operation: Operation, exchange: Exchange) -> str:
    """Why a request lacks the declared security; empty if it has it."""
    if not operation.security:
        return ""
    for alternative in operation.security:
        if all(_has(scheme, exchange) for scheme in alternative.values()):
            return ""
    return f"the security is missing: {' or '.join(' and '.join(one) for one in operation.security)}"


def _has(scheme: Mapping[str, Any], exchange: Exchange) -> bool:
    if scheme.get("type") == "apiKey":
        name = str(scheme.get("name"))
        match scheme.get("in"):
            case "query":
                return name in parse_qs(query_of(exchange.url), keep_blank_values=True)
            case "cookie":
                return f"{name}=" in exchange.headers.get("cookie", "")
        return name.lower() in exchange.headers
    word = "basic" if str(scheme.get("scheme", "")).lower() == "basic" else "bearer"
    return exchange.headers.get("authorization", "").strip().lower().startswith(word)
