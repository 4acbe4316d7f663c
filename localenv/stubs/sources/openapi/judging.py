"""Judge exchanges of the journal by a contract: the request, and the response that it got."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs

from localenv.stubs.sources.kind import UNKNOWN, Exchange, Verdict
from localenv.stubs.sources.openapi import generating, matching, xml
from localenv.stubs.sources.openapi.coercing import coerced
from localenv.stubs.sources.openapi.merging import flat
from localenv.stubs.sources.openapi.operations import Media, Operation, Parameter, is_json, is_xml, operations
from localenv.stubs.sources.openapi.pointers import uri
from localenv.stubs.sources.openapi.reading import Contract
from localenv.stubs.sources.openapi.routing import Routes
from localenv.stubs.sources.openapi.schemas import BrokenSchema, Direction, Schemas
from localenv.stubs.sources.openapi.sent import MISSING, SentParameters, form, text
from localenv.stubs.sources.openapi.served import asked
from localenv.stubs.urls import path_of, query_of

_FREE_HEADERS = frozenset({"content-type", "location", "set-cookie"})  # OpenAPI ignores it; is often relative; several
_VALUES = ("1", "42", "abc", "ABC", "a1b2c3d4", "2026-01-31", "0f8fad5b-d9cb-469f-a165-70867728950e")  # of parameters


@dataclass(kw_only=True)
class ContractJudge:
    """Judges by one contract; keeps what it has compiled."""

    contract: Contract
    base: str | None
    is_strict: bool

    def judge(self, exchange: Exchange) -> Sequence[Verdict]:
        """Everything in an exchange that the contract does not allow; of several operations, one that allows most."""
        every = self._routes.find(exchange.method, exchange.url, exchange.headers)
        if not every:
            path = path_of(exchange.url)
            name = f"{exchange.method} {path}"
            return [Verdict(operation=name, part="request", pointer="", reason=UNKNOWN)]
        judged = [self._verdicts(one, exchange) for one in every]
        return min(reversed(judged), key=len)

    def paths(self, method: str) -> Sequence[str]:
        """Paths of its operations, several of each that has parameters."""
        return self._paths.get(method, ())

    @cached_property
    def _paths(self) -> Mapping[str, Sequence[str]]:
        found: dict[str, dict[str, None]] = {}
        for one in self._operations:
            each = (re.sub(r"\{[^}]*\}", value, one.path) for value in _VALUES)
            found.setdefault(one.method, {}).update(dict.fromkeys(each))
        return {method: tuple(paths) for method, paths in found.items()}

    def _verdicts(self, operation: Operation, exchange: Exchange) -> list[Verdict]:
        found = [] if exchange.is_unasked else [*self._request(operation, exchange)]
        if not exchange.is_own and not exchange.fault:
            found += self._response(operation, exchange)
        return [Verdict(operation=operation.name, part=part, pointer=at, reason=why) for part, at, why in found]

    @cached_property
    def _routes(self) -> Routes:
        return Routes(self._operations)

    @cached_property
    def _operations(self) -> Sequence[Operation]:
        return [one for one in operations(self.contract, self.base) if isinstance(one, Operation)]

    @cached_property
    def _schemas(self) -> Schemas:
        return Schemas(self.contract, asked(self._operations))

    def _request(self, operation: Operation, exchange: Exchange) -> Iterator[tuple[str, str, str]]:
        sent = SentParameters(self.contract, operation, exchange)
        for parameter in operation.parameters:
            yield from self._parameter(parameter, sent)
        if self.is_strict and not exchange.is_example and (missing := _missing_security(operation, exchange)):
            yield "request", "", missing
        if operation.body:
            yield from self._body("request", operation.body, exchange.headers, exchange.body, Direction.REQUEST,
                                  is_required=operation.is_body_required)  # fmt: skip

    def _parameter(self, parameter: Parameter, sent: SentParameters) -> Iterator[tuple[str, str, str]]:
        what = f"{parameter.place} parameter {parameter.name}"
        try:
            values = sent.values(parameter)
        except ValueError as error:
            yield "request", "", f"the {what} is not JSON: {error}"
            return
        if not values:
            if parameter.is_required:
                yield "request", "", f"the {what} is missing"
            return
        known = [one for one in values if one is not MISSING]
        found = [self._violation(parameter.schema or parameter.fields, one, Direction.REQUEST) for one in known]
        wrong = [reason for one in found if one for _, reason in [one]]
        if wrong and len(wrong) == len(found):
            yield "request", "", f"the {what}: {wrong[0]}"

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
        ranked = sorted(content, key=lambda one: one.type.count("*"))
        media = next((one for one in ranked if re.fullmatch(matching.content_type(one.type)["matches"], kind)), None)
        if media is None:
            known = ", ".join(one.type for one in content)
            yield part, "", f"the content type is {kind or 'missing'}, not {known}"
            return
        try:
            value = self._value(media, kind, body)
        except ValueError as error:
            yield part, "#", f"the body is not {error}"
            return
        if value is not MISSING and (wrong := self._violation(media.schema, value, direction)):
            yield part, *wrong

    def _value(self, media: Media, kind: str, body: bytes) -> Any:
        """What a body means, MISSING if no schema judges it; raises ValueError for what is not of its type."""
        if is_xml(media.type) and (mistake := xml.mistake(body)):
            raise ValueError(f"XML: {mistake}")
        if not media.schema:
            return MISSING
        if media.type.startswith("text/") and not is_xml(media.type) and not media.is_json:
            return text(self.contract, media, kind, body)
        if not media.is_json:
            return form(self.contract, media, kind, body)
        try:
            return json.loads(body)
        except ValueError as error:
            raise ValueError(f"JSON: {error}") from error
        except RecursionError as error:
            raise ValueError("JSON: it is nested too deeply") from error

    def _response(self, operation: Operation, exchange: Exchange) -> Iterator[tuple[str, str, str]]:
        answer = operation.answer(exchange.status)
        if answer is None:
            if operation.answers and exchange.status < 500:  # every service can fail
                known = ", ".join(one.code for one in operation.answers)
                yield "response", "", f"the status {exchange.status} is not documented, only {known}"
            return
        if answer.content and exchange.method != "HEAD":
            headers, body = exchange.answer_headers, exchange.answer
            is_announced = is_json(headers.get("content-type", "")) and not exchange.is_opaque
            yield from self._body("response", answer.content, headers, body, Direction.RESPONSE,
                                  is_required=is_announced)  # fmt: skip
        for name, (header, place) in answer.headers.items():
            yield from self._header(name, header if isinstance(header, dict) else {}, place, exchange)

    def _header(
        self, name: str, header: Mapping[str, Any], place: str, exchange: Exchange
    ) -> Iterator[tuple[str, str, str]]:
        value = exchange.answer_headers.get(name.lower())
        if value is None:
            if header.get("required") is True:
                yield "response", "", f"the header {name} is missing"
        elif "schema" in header and name.lower() not in _FREE_HEADERS and "{{" not in value:
            schema = uri(place, "schema")
            kinds = flat(self.contract, {"$ref": schema}).get("type", ())
            if "object" in kinds:
                return
            given = [part.strip() for part in value.split(",")] if "array" in kinds else value
            meant = coerced(self.contract, given, {"$ref": schema})
            if wrong := self._violation(schema, meant, Direction.RESPONSE):
                yield "response", "", f"the header {name}: {wrong[1]}"

    def _violation(self, uri: str, value: Any, direction: Direction) -> tuple[str, str] | None:
        try:
            found = self._schemas.violation(uri, value, direction)
            if found and self._schemas.fits_several(uri, value, direction):
                found = None if generating.is_ambiguous(self._schemas, uri, direction) else found
        except BrokenSchema:  # `check` reports it
            return None
        return (found.pointer, found.reason) if found else None


def _missing_security(operation: Operation, exchange: Exchange) -> str:
    """Why a request lacks the declared security; empty if it has it."""
    if not operation.security:
        return ""
    for alternative in operation.security:
        if all(_has(scheme, exchange) for scheme in alternative.values()):
            return ""
    return f"the security is missing: {' or '.join(' and '.join(one) for one in operation.security)}"


def _has(scheme: Mapping[str, Any], exchange: Exchange) -> bool:
    if scheme.get("type") == "mutualTLS":
        return True
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
