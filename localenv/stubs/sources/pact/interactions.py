"""An interaction of a contract as mappings of WireMock's; the provider's states select scenarios."""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from localenv.stubs.sources.pact import generators, payloads, requests, schemas
from localenv.stubs.sources.pact.files import Interaction
from localenv.stubs.sources.pact.payloads import Body
from localenv.stubs.sources.pact.rules import parse as parse_rules

SCENARIO = "provider state"  # its states are those of the provider

_IN_STATE, _WITHOUT, _IN_ANY = 3, 5, 7  # priorities
_HOP = frozenset({"content-length", "transfer-encoding", "connection", "keep-alive"})


@dataclass(frozen=True, kw_only=True)
class Served:
    """A mapping, and what tells it from the others of its interaction."""

    variant: str
    mapping: Mapping[str, Any] = field(repr=False)


def served(one: Interaction, version: int) -> Iterator[Served]:
    """An interaction in a state answers first in that state, and last in any other."""
    request, answer = requests.pattern(one.request, version, one.parameters), response(one.response, version)
    plain = {"name": one.title, "request": request, "response": answer}
    if not one.states:
        yield Served(variant="", mapping={**plain, "priority": _WITHOUT})
        return
    scenario = {"scenarioName": SCENARIO, "requiredScenarioState": one.state}
    yield Served(variant="in state", mapping={**plain, **scenario, "priority": _IN_STATE})
    yield Served(variant="in any", mapping={**plain, "priority": _IN_ANY})


def response(answer: Mapping[str, Any], version: int) -> dict[str, Any]:
    """The response that the contract has as its example, with lists as long as they have to be."""
    body = payloads.of(answer, version)
    found: dict[str, Any] = {"status": _status(answer.get("status"))}
    headers = {
        name: ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        for name, value in (answer.get("headers") or {}).items()
        if name.lower() not in _HOP
    }
    kind = payloads.content_type(answer)
    if body is not None and not any(name.lower() == "content-type" for name in headers):
        headers["Content-Type"] = kind or body.type or ("application/json" if body.is_json else "text/plain")
    if headers:
        found["headers"] = headers
    found |= _body(body, answer) if body is not None else {}
    return generators.addressed(found, answer.get("generators"))


def _body(body: Body, answer: Mapping[str, Any]) -> dict[str, Any]:
    if isinstance(body.content, bytes):
        return {"base64Body": base64.b64encode(body.content).decode()}
    if not body.is_json:
        return {"body": body.text}
    content = schemas.expanded(body.content, parse_rules(answer.get("matchingRules")))
    if isinstance(content, dict | list):
        return {"jsonBody": content}
    return {"body": json.dumps(content, ensure_ascii=False)}


def _status(status: Any) -> int:
    return int(status) if isinstance(status, int | float | str) and str(status).isdigit() else 200
