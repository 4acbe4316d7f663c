"""Exchanges and hand-written mappings are judged by the contract of their upstream."""

import gzip
import json
import time
import zlib
from base64 import b64encode
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from localenv.stack import StubSource, Upstream
from localenv.stubs import sources
from localenv.stubs.calls import Call
from localenv.stubs.contracts import Contracts, mistakes
from localenv.stubs.shadowing import shadowed
from tests.stubs.folders import folders
from tests.stubs.sources.openapi.conftest import written

CHARGE = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}, "pan": {"type": "integer"}}}
ANY = {"type": "object"}
NEW = {"type": "object", "required": ["amount"], "properties": {"amount": {"type": "integer"}}}
PATHS = {
    "/charges": {
        "post": {
            "parameters": [{"name": "Trace", "in": "header", "required": True, "schema": {"type": "string"}}],
            "requestBody": {"required": True, "content": {"application/json": {"schema": NEW}}},
            "responses": {
                "201": {
                    "description": "ok",
                    "headers": {
                        "Location": {"required": True, "schema": {"type": "string"}},
                        "X-Rate": {"schema": {"type": "integer"}},
                        "X-Tags": {"schema": {"type": "array", "items": {"type": "string"}, "maxItems": 2}},
                    },
                    "content": {"application/json": {"schema": CHARGE}},
                },
                "402": {"description": "declined"},
            },
        }
    },
    "/notes": {
        "post": {
            "requestBody": {"content": {"text/plain": {"schema": {"type": "string", "maxLength": 5}}}},
            "responses": {
                "200": {"description": "ok", "content": {"text/plain": {"schema": {"type": "string", "enum": ["six"]}}}}
            },
        }
    },
    "/charges/{id}": {
        "get": {
            "parameters": [
                {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "maxLength": 3}}
            ],
            "responses": {"200": {"description": "ok", "content": {"application/json": {"schema": CHARGE}}}},
        }
    },
}
GZIP = {"content-encoding": "gzip"}
SENT = {"content-type": "application/json", "trace": "1"}
GOT = {"content-type": "application/json", "location": "/charges/1"}


@pytest.fixture
def shop(tmp_path: Path) -> Upstream:
    """An upstream with a contract, and an empty folder of stubs above it."""
    file = written(tmp_path, PATHS)
    (tmp_path / "stubs/mappings").mkdir(parents=True)
    sources = (*folders(tmp_path / "stubs"), StubSource(kind="openapi", value=file))
    return Upstream(name="shop", server="s", sources=sources)


def call(**more: Any) -> Call:
    """A charge that fits, but for what is said."""
    fitting = {
        "id": "1", "upstream": "shop", "method": "POST", "url": "/charges", "time": 0.0, "headers": SENT,
        "body": b'{"amount": 1}', "status": 201, "answer": b'{"id": "c"}', "answer_headers": GOT,
    }  # fmt: skip
    return Call(**{**fitting, **more})


JUDGED: dict[str, tuple[dict[str, Any], list[str]]] = {
    "what fits": ({}, []),
    "body": ({"body": b'{"amount": "1"}'}, ['POST /charges: request #/amount: "1" is not of type "integer"']),
    "no body": ({"body": b""}, ["POST /charges: request #: the body is missing"]),
    "half a surrogate pair": ({"body": b'{"amount": "\\ud800"}'}, ['request #/amount: "?" is not of type "integer"']),
    "half a surrogate pair that may be there": ({"answer": b'{"id": "\\ud800", "\\udfff": 1}'}, []),
    "no number of JSON": ({"body": b'{"amount": NaN}'}, ["request #/amount: "]),
    "a nested body": ({"body": b"[" * 300 + b"]" * 300}, ["request #: it is nested too deeply"]),
    "a body nested without end": ({"body": b"[" * 90_000}, ["request #: the body is not JSON: it is nested too"]),
    "no JSON": ({"body": b"{"}, ["request #: the body is not JSON"]),
    "content type": ({"headers": SENT | {"content-type": "text/csv"}}, ["is text/csv, not application/json"]),
    "header": ({"headers": {"content-type": "application/json"}}, ["the header parameter Trace is missing"]),
    "answer": ({"answer": b'{"id": "c", "pan": "4"}'}, ['response #/pan: "4" is not of type "integer"']),
    "answer's header": ({"answer_headers": {"content-type": "application/json"}}, ["the header Location is missing"]),
    "status": ({"status": 204, "answer": b""}, ["the status 204 is not documented, only 201, 402"]),
    "both": ({"body": b"{}", "answer": b"{}"}, ['request #: "amount" is a required', 'response #: "id" is a required']),
    "another operation": ({"method": "GET"}, ["GET /charges: request: the contract has no such operation"]),
    "path": ({"method": "GET", "url": "/charges/long", "status": 200, "body": b""}, ["the path parameter id: "]),
    "failure of any service": ({"status": 503, "answer": b""}, []),
    "answer of a type without a body": ({"answer": b""}, ["response #: the body is missing"]),
    "answer in gzip": ({"answer": gzip.compress(b'{"id": "c"}'), "answer_headers": GOT | GZIP}, []),
    "another answer in gzip": (
        {"answer": gzip.compress(b'{"id": 1}'), "answer_headers": GOT | GZIP},
        ["response #/id: 1 is not of type"],
    ),
    "answer in deflate": (
        {"answer": zlib.compress(b'{"id": 1}'), "answer_headers": GOT | {"content-encoding": "deflate"}},
        ["response #/id: 1 is not of type"],
    ),
    "answer that cannot be read": ({"answer": b"\x8b\x05", "answer_headers": GOT | {"content-encoding": "br"}}, []),
    "body in gzip": ({"body": gzip.compress(b'{"amount": 1}'), "headers": SENT | GZIP}, []),
    "answer's header of another type": (
        {"answer_headers": GOT | {"x-rate": "many"}},
        ['response: the header X-Rate: "many" is not of type "integer"'],
    ),
    "answer's header with a list": ({"answer_headers": GOT | {"x-rate": "4", "x-tags": "a, b"}}, []),
    "text": (
        {"url": "/notes", "headers": {"content-type": "text/plain"}, "body": b"too long", "status": 200,
         "answer": b"seven\n", "answer_headers": {"content-type": "text/plain; charset=utf-8"}},
        ['POST /notes: request #: "too long" is longer than 5', 'POST /notes: response #: "seven" is not one of'],
    ),
    "fault": ({"status": 0, "fault": "EMPTY_RESPONSE", "answer": b""}, []),
    "the contract's own refusal": ({"body": b"{}", "status": 400, "operation": "POST /charges"}, ["request #: "]),
    "unmatched": ({"url": "/nowhere", "matched": False, "status": 404}, []),
}  # fmt: skip


@pytest.mark.parametrize("name", JUDGED)
def test_an_exchange_is_judged_with_operation_pointer_and_reason(shop: Upstream, name: str) -> None:
    given, expected = JUDGED[name]
    found = [str(one) for one in Contracts({"shop": shop}).violations([call(**given)])]

    assert len(found) == len(expected)
    assert all(part in one for part, one in zip(expected, found, strict=True))


def test_what_fits_several_alternatives_where_one_is_allowed_is_said_to(tmp_path: Path) -> None:
    schema = {"oneOf": [{"required": ["id"]}, {"properties": {"id": {"type": "string"}}}, {"type": "array"}]}
    answers = {"200": {"description": "ok", "content": {"application/json": {"schema": schema}}}}
    file = written(tmp_path, {"/one": {"get": {"responses": answers}}})
    upstream = Upstream(name="shop", server="s", sources=(StubSource(kind="openapi", value=file),))
    answered = call(method="GET", url="/one", headers={}, body=b"", status=200)

    [found] = Contracts({"shop": upstream}).violations([answered])
    assert "fits several alternatives of oneOf" in str(found)


def test_a_changed_contract_judges_at_once(shop: Upstream) -> None:
    contracts = Contracts({"shop": shop})
    assert list(contracts.violations([call(body=b'{"amount": 5.5}')]))
    file = shop.sources[-1].path
    written(file.parent, json.loads(json.dumps(PATHS).replace(json.dumps(NEW), json.dumps(ANY))))

    assert not list(contracts.violations([call(body=b'{"amount": 5.5}')]))


def test_a_thousand_exchanges_are_judged_within_seconds(shop: Upstream) -> None:
    contracts, calls = Contracts({"shop": shop}), [call() for _ in range(1000)]
    took = []
    for _ in range(3):
        began = time.process_time()
        assert list(contracts.violations(calls)) == []
        took.append(time.process_time() - began)

    assert min(took) < 3


STATIC: dict[str, tuple[dict[str, Any], str]] = {
    "body": ({"request": {"urlPath": "/charges/1"}, "response": {"jsonBody": {}}}, 'response #: "id" is a'),
    "text": ({"request": {"urlPath": "/charges/1"}, "response": {"body": "{"}}, "response #: the body is not JSON"),
    "file": ({"request": {"urlPath": "/charges/1"}, "response": {"bodyFileName": "b.json"}}, 'response #: "id" is a'),
    "status": ({"request": {"url": "/charges/1?x=1"}, "response": {"status": 302}}, "302 is not documented"),
    "operation": ({"request": {"method": "PUT", "urlPath": "/charges"}, "response": {}}, "no such operation"),
    "template of a path": (
        {"request": {"method": "GET", "urlPathTemplate": "/charges/{x}"}, "response": {"jsonBody": {"id": 1}}},
        "response #/id: 1 is not of type",
    ),
    "pattern of paths": (
        {"request": {"method": "GET", "urlPathPattern": "/charges/[^/]+"}, "response": {"jsonBody": {"id": 1}}},
        "response #/id: 1 is not of type",
    ),
    "pattern of URLs": (
        {"request": {"method": "GET", "urlPattern": "/charges/[0-9]+\\?.*"}, "response": {"jsonBody": {"id": 1}}},
        "response #/id: 1 is not of type",
    ),
    "pattern of any path": ({"request": {"urlPathPattern": "/.*"}, "response": {"status": 402}}, ""),
    "pattern of a path that nothing has": ({"request": {"urlPathPattern": "/refunds/.*"}, "response": {}}, ""),
    "gzip": (
        {
            "request": {"method": "GET", "urlPath": "/charges/1"},
            "response": {"headers": GZIP, "base64Body": b64encode(gzip.compress(b"{}")).decode()},
        },
        'response #: "id" is a',
    ),
    "fits": ({"request": {"method": "GET", "urlPath": "/charges/1"}, "response": {"jsonBody": {"id": "1"}}}, ""),
    "template of a body": (
        {
            "request": {"method": "GET", "urlPath": "/charges/1"},
            "response": {"body": '{"id": {{x}}}', "transformers": ["response-template"]},
        },
        "",
    ),
    "fault": ({"request": {"method": "GET", "urlPath": "/charges/1"}, "response": {"fault": "EMPTY_RESPONSE"}}, ""),
}  # fmt: skip


@pytest.mark.parametrize("name", STATIC)
def test_a_hand_written_mapping_is_judged_without_starting_anything(shop: Upstream, name: str) -> None:
    mapping, expected = STATIC[name]
    root = shop.sources[0].path
    (root / "mappings/a.json").write_text(json.dumps(mapping))
    (root / "__files").mkdir()
    (root / "__files/b.json").write_text("{}")
    found = list(mistakes(shop, sources.read(shop)))

    assert [expected in one.message for one in found] == ([True] if expected else [])
    assert all(one.at is not None and one.at.file.name == "a.json" for one in found)


SENDING = {"method": "POST", "path": "/charges", "headers": {"Content-Type": "application/json", "Trace": "1"}}
CHARGED = {"status": 201, "headers": GOT, "body": {"id": "c"}}
AGREED: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "fits": (SENDING | {"body": {"amount": 1}}, CHARGED, ""),
    "request": (SENDING | {"body": {"amount": "1"}}, CHARGED, 'request #/amount: "1" is not of type'),
    "header": (SENDING | {"headers": {}, "body": {"amount": 1}}, CHARGED, "the header parameter Trace is missing"),
    "refused on purpose": (SENDING | {"body": {}}, {"status": 402}, ""),
    "response": (SENDING | {"body": {"amount": 1}}, CHARGED | {"body": {"id": 1}}, "response #/id: 1 is not of type"),
    "path": ({"method": "GET", "path": "/charges/long"}, {"status": 200}, "the path parameter id: "),
    "operation": ({"method": "GET", "path": "/refunds", "query": "a=1"}, {"status": 200}, "has no such operation"),
}


@pytest.mark.parametrize("name", AGREED)
def test_an_interaction_of_a_consumer_is_judged_by_its_example(shop: Upstream, name: str) -> None:
    request, response, expected = AGREED[name]
    file = shop.sources[-1].path.parent / "consumer.json"
    interaction = {"description": "a charge", "request": request, "response": response}
    about = {"metadata": {"pactSpecification": {"version": "2.0.0"}}, "interactions": [interaction]}
    file.write_text(json.dumps({"consumer": {"name": "c"}, "provider": {"name": "shop"}, **about}))
    upstream = replace(shop, sources=(StubSource(kind="pact", value=file), shop.sources[-1]))
    found = [one.message for one in mistakes(upstream, sources.read(upstream))]

    assert [expected in one for one in found] == ([True] if expected else []), found


SHADOWS: dict[str, tuple[list[dict[str, Any]], int]] = {
    "same request": ([{"urlPath": "/a"}, {"urlPath": "/a"}], 1),
    "narrower below": ([{"urlPath": "/a", "headers": {"X": {"equalTo": "1"}}}, {"urlPath": "/a"}], 1),
    "narrower above": ([{"urlPath": "/a"}, {"urlPath": "/a", "headers": {"X": {"equalTo": "1"}}}], 0),
    "another method": ([{"urlPath": "/a", "method": "GET"}, {"urlPath": "/a", "method": "PUT"}], 0),
    "any method above": ([{"urlPath": "/a", "method": "GET"}, {"urlPath": "/a"}], 1),
    "other values": ([{"url": "/a", "bodyPatterns": [{"contains": one}]} for one in "xy"], 0),
    "a path of a pattern": ([{"urlPath": "/a/b"}, {"urlPathPattern": "/a/.*"}], 1),
    "a URL of a path": ([{"url": "/a?x=1"}, {"urlPath": "/a"}], 1),
    "a path of a URL": ([{"urlPath": "/a"}, {"url": "/a"}], 0),
    "a path of a template": ([{"urlPath": "/a/b"}, {"urlPathTemplate": "/a/{id}"}], 1),
    "a path without its template's values": (
        [{"urlPath": "/a/b"}, {"urlPathTemplate": "/a/{id}", "pathParameters": {"id": {"equalTo": "c"}}}],
        0,
    ),
    "a path of another pattern": ([{"urlPath": "/a/b"}, {"urlPathPattern": "/b/.*"}], 0),
    "a path of a pattern of URLs": ([{"urlPath": "/a/b"}, {"urlPattern": "/a/.*"}], 1),
    "a path with a query of a pattern": ([{"urlPath": "/a/b"}, {"urlPattern": "/a/b"}], 0),
    "a pattern above its path": ([{"urlPathPattern": "/a/.*"}, {"urlPath": "/a/b"}], 0),
}  # fmt: skip


@pytest.mark.parametrize("name", SHADOWS)
def test_a_mapping_that_never_answers_is_named(shop: Upstream, name: str) -> None:
    requests, count = SHADOWS[name]
    every = [{"request": one, "response": {"status": 200}} for one in requests]
    file = shop.sources[0].path / "mappings/a.json"
    file.write_text(json.dumps({"mappings": every}))
    found = list(shadowed(sources.read(shop)))

    assert len(found) == count
    assert all("never answers" in one.message and f"{file}:1:" in one.message for one in found)


def test_mappings_of_a_scenario_shadow_nothing(shop: Upstream) -> None:
    one = {"request": {"urlPath": "/a"}, "response": {"status": 200}}
    state = {"scenarioName": "s", "requiredScenarioState": "Started", "newScenarioState": "b"}
    (shop.sources[0].path / "mappings/a.json").write_text(json.dumps({"mappings": [one, one | state]}))

    assert list(shadowed(sources.read(shop))) == []
