"""A real WireMock serves contracts: documented statuses for valid requests, 4xx for others."""

import json
import random
import re
from collections.abc import Iterator
from typing import Any

import httpx
import jsonschema
import pytest

from localenv.stack import StubSource, Upstream
from localenv.stubs import layers, sources
from localenv.stubs.admin import Admin
from localenv.stubs.recognition import MARK
from localenv.stubs.sources import pack
from localenv.stubs.sources.kind import Exchange
from localenv.stubs.sources.openapi.judging import ContractJudge
from localenv.stubs.sources.openapi.reading import read
from localenv.stubs.sources.openapi.schemas import Schemas
from tests.stubs.sources.openapi import asking
from tests.stubs.sources.openapi.conftest import documents, written

N = 40  # requests of each kind for a document

CHARGE = {
    "type": "object",
    "required": ["id", "amount"],
    "properties": {
        "id": {"type": "string"},
        "amount": {"type": "integer", "minimum": 1},
        "currency": {"type": "string", "enum": ["EUR", "USD"]},
        "note": {"type": "string"},
        "status": {"type": "string", "const": "paid"},
    },
}
NEW = {
    "type": "object",
    "required": ["amount"],
    "properties": {
        "amount": {"type": "integer", "minimum": 1},
        "currency": {"type": "string", "enum": ["EUR", "USD"]},
        "note": {"type": ["string", "null"]},
        "due": {"type": "string", "format": "date"},
    },
    "additionalProperties": False,
}
PROBLEM = {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}}


def answer(schema: Any = None, **more: Any) -> dict[str, Any]:
    content = {"content": {"application/json": {"schema": schema, **more}}} if schema else {}
    return {"description": "x", **content}


def body(kind: str, schema: Any) -> dict[str, Any]:
    return {"required": True, "content": {kind: {"schema": schema}}}


def taking(name: str, place: str, schema: Any, required: bool = True) -> dict[str, Any]:
    return {"name": name, "in": place, "required": required, "schema": schema}


SHOP = {
    "/charges": {
        "post": {
            "requestBody": body("application/json", NEW),
            "responses": {
                "201": {
                    **answer(CHARGE, examples={"small": {"value": {"id": "c1", "amount": 1}},
                                             "big": {"value": {"id": "c2", "amount": 9000}}}),
                    "headers": {"Location": {"schema": {"type": "string"}, "example": "/charges/c1"}},
                },
                "402": answer(PROBLEM, example={"error": "declined"}),
                "415": answer(PROBLEM, example={"error": "json only"}),
                "422": answer(PROBLEM, example={"error": "does not fit"}),
            },
        },
        "get": {
            "parameters": [
                taking("limit", "query", {"type": "integer", "maximum": 30}, False),
                taking("day", "query", {"type": "string", "format": "date"}),
                taking("ids", "query", {"type": "array", "items": {"type": "integer"}}, False),
                {**taking("fields", "query", {"type": "array", "items": {"enum": ["a", "b"]}}, False),
                 "explode": False},
                taking("X-Tenant", "header", {"type": "string", "pattern": "^t[0-9]+$"}),
            ],
            "responses": {"200": answer({"type": "array", "items": CHARGE})},
        },
    },
    "/tenant": {
        "get": {"parameters": [taking("X-Tenant", "header", {"type": "string"})], "responses": {"204": answer()}},
    },
    "/charges/latest": {"get": {"responses": {"200": answer({"const": "latest"})}}},
    "/charges/{id}": {
        "get": {"parameters": [taking("id", "path", {"type": "string"})],
                "responses": {"200": answer(CHARGE), "404": answer(PROBLEM)}},
    },
    "/orders/{number}.{kind}": {
        "get": {"parameters": [taking("number", "path", {"type": "integer"}), taking("kind", "path", {})],
                "responses": {"200": answer({"const": "order"})}},
    },
    "/days/{first}..{last}/{file}.{ext}": {
        "get": {"parameters": [taking("first", "path", {"type": "integer"}),
                               taking("last", "path", {"type": "integer"}),
                               taking("file", "path", {"type": "string"}), taking("ext", "path", {"type": "string"})],
                "responses": {"200": answer({"properties": {
                    "first": {"type": "integer"}, "last": {"type": "integer"}, "file": {"type": "string"},
                    "ext": {"type": "string"}}, "required": ["first", "last", "file", "ext"]})}},
    },
    "/blobs": {
        "put": {"requestBody": body("application/octet-stream", {"type": "string", "format": "binary"}),
                "responses": {"204": answer()}},
        "post": {"requestBody": body("application/xml", {"type": "object", "properties": {"a": {"type": "string"}}}),
                 "responses": {"204": answer()}},
    },
    "/search?mode=fast": {"get": {"responses": {"200": answer({"const": "fast"})}}},
    "/search": {"get": {"responses": {"200": answer({"const": "slow"})}}},
    "/rpc#X-Target=A.b": {
        "post": {"parameters": [taking("X-Target", "header", {"type": "string"})],
                 "responses": {"200": answer({"const": "A.b"})}},
    },
    "/login": {
        "post": {
            "requestBody": body("application/x-www-form-urlencoded", {
                "type": "object", "required": ["user"],
                "properties": {"user": {"type": "string", "minLength": 2}, "age": {"type": "integer"}}}),
            "responses": {"200": answer({"required": ["user"], "properties": {"user": {"type": "string"}}})},
        }
    },
    "/files": {
        "post": {
            "requestBody": body("multipart/form-data", {
                "type": "object", "required": ["file"], "properties": {"file": {"format": "binary"}}}),
            "responses": {"204": answer()},
        }
    },
    "/albums/{id}": {
        "post": {
            "parameters": [taking("id", "path", {"type": "integer"})],
            "requestBody": body("multipart/form-data", {
                "type": "object", "properties": {"file": {"type": "array", "items": {"format": "binary"}}}}),
            "responses": {"200": answer({"type": "object", "required": ["id"], "properties": {
                "id": {"type": "integer", "example": 3}}})},
        }
    },
    "/either": {
        "post": {"requestBody": body("application/json", {"oneOf": [
                     {"type": "object", "properties": {"a": {"type": "string"}}},
                     {"type": "object", "properties": {"b": {"type": "integer"}}}]}),
                 "responses": {"204": answer()}},
    },
    "/links/{id}": {"get": {"responses": {"200": answer({"const": "link"}), "400": answer(PROBLEM)}}},
    "/links/{id}#shared": {
        "get": {"parameters": [taking("fields", "query", {"type": "string"})],
                "responses": {"200": answer({"const": "shared"})}},
    },
    "/pets/{pet-id}": {
        "get": {"parameters": [taking("pet-id", "path", {"type": "string", "format": "uuid"})],
                "responses": {"200": answer({"const": "pet"})}},
    },
    "/any": {"get": {"responses": {"default": answer({"type": "object", "properties": {"a": {"const": 1}}})}}},
    "/notes": {"post": {
        "requestBody": body("application/json", {"properties": {"name": {"type": "string"}}}),
        "responses": {"201": answer({"type": "object", "properties": {"name": {"type": "string"}}},
                                    example={"name": "note"})},
    }},
    "/secret": {"get": {"security": [{"key": []}, {"token": []}],
                        "responses": {"200": answer(), "401": answer(PROBLEM)}}},
}  # fmt: skip
SCHEMES = {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}, "token": {"type": "http", "scheme": "bearer"}}


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Upstream:
    """The shop: its contract, and one mapping above it."""
    folder = tmp_path_factory.mktemp("shop")
    servers = [{"url": "https://{where}.example/{v}", "variables": {"v": {"default": "v1"}}}]
    file = written(folder, SHOP, servers=servers, components={"securitySchemes": SCHEMES})
    (folder / "stubs/mappings").mkdir(parents=True)
    own = {"request": {"method": "GET", "urlPath": "/v1/charges/own"}, "response": {"status": 200, "body": "mine"}}
    (folder / "stubs/mappings/own.json").write_text(json.dumps(own))
    contract = StubSource(kind="openapi", value=file, options={"strict": True})
    assert list(sources.check(contract)) == []
    assert list(sources.warnings(contract)) == []
    return Upstream(name="shop", server="s", sources=(StubSource(kind="stubs", value=folder / "stubs"), contract))


@pytest.fixture(scope="module")
def shop(wiremock: int, admin: Admin, upstream: Upstream) -> Iterator[httpx.Client]:
    """A client of the shop."""
    admin.load(upstream)
    with httpx.Client(base_url=f"http://127.0.0.1:{wiremock}/v1", headers={MARK: "shop"}) as client:
        yield client


def test_what_the_request_said_is_in_the_answer(shop: httpx.Client) -> None:
    answer = shop.post("/charges", json={"amount": 4200, "currency": "USD", "due": "2026-01-31"})

    assert answer.status_code == 201
    assert answer.json() | {"id": ""} == {"id": "", "amount": 4200}
    assert answer.headers["Location"] == "/charges/c1"
    assert shop.get("/charges/a%20%22b%22").json()["id"] == 'a "b"'
    assert shop.post("/login", data={"user": "ada"}).json() == {"user": "ada"}
    several = {"first": 3, "last": 14, "file": "a.tar ü", "ext": "gz"}
    assert shop.get("/days/3..14/a.tar%20%C3%BC.gz").json() == several


JSON = {"Content-Type": "application/json"}
REFUSED: dict[str, tuple[str, str, dict[str, Any], int]] = {
    "a character that no id has": ("GET", "/pets/4d1f8c4e-0b5e-4b52-9c1e-1f2f3a4b5c6%C3%A4", {}, 400),
    "no body": ("POST", "/charges", {"headers": {"Content-Type": "application/json"}}, 422),
    "no JSON": ("POST", "/charges", {"content": "{", "headers": {"Content-Type": "application/json"}}, 422),
    "missing field": ("POST", "/charges", {"json": {"currency": "EUR"}}, 422),
    "wrong type": ("POST", "/charges", {"json": {"amount": "1"}}, 422),
    "below the minimum": ("POST", "/charges", {"json": {"amount": 0}}, 422),
    "another field": ("POST", "/charges", {"json": {"amount": 1, "x": 1}}, 422),
    "no date": ("POST", "/charges", {"json": {"amount": 1, "due": "2026-02-31x"}}, 422),
    "content type": ("POST", "/charges", {"content": "a,b", "headers": {"Content-Type": "text/csv"}}, 415),
    "content type, undocumented": ("POST", "/login", {"content": "a,b", "headers": {"Content-Type": "text/csv"}}, 415),
    "missing parameter": ("GET", "/charges", {"headers": {"X-Tenant": "t1"}}, 400),
    "missing header": ("GET", "/charges?day=2026-01-31", {}, 400),
    "header's pattern": ("GET", "/charges?day=2026-01-31", {"headers": {"X-Tenant": "x1"}}, 400),
    "limit": ("GET", "/charges?day=2026-01-31&limit=31", {"headers": {"X-Tenant": "t1"}}, 400),
    "type of a parameter": ("GET", "/charges?day=2026-01-31&limit=x", {"headers": {"X-Tenant": "t1"}}, 400),
    "one of several": ("GET", "/charges?day=2026-01-31&ids=1&ids=x", {"headers": {"X-Tenant": "t1"}}, 400),
    "missing header of any text": ("GET", "/tenant", {}, 400),
    "no item of a list": ("GET", "/charges?day=2026-01-31&fields=a,c", {"headers": {"X-Tenant": "t1"}}, 400),
    "form": ("POST", "/login", {"data": {"user": "a"}}, 400),
    "form's number": ("POST", "/login", {"data": {"user": "ada", "age": "x"}}, 400),
    "multipart": ("POST", "/files", {"files": {"other": b"x"}}, 400),
    "path": ("GET", "/pets/7", {}, 400),
    "no JSON where anything may be": ("POST", "/notes", {"content": '{"name": ', "headers": JSON}, 400),
    "no JSON but a word": ("POST", "/notes", {"content": "nul", "headers": JSON}, 400),
    "of no alternative": ("POST", "/either", {"json": []}, 400),
    "no bytes": ("PUT", "/blobs", {"headers": {"Content-Type": "application/octet-stream"}}, 400),
    "no XML": ("POST", "/blobs", {"content": "<a>", "headers": {"Content-Type": "application/xml"}}, 400),
    "no document": ("POST", "/blobs", {"headers": {"Content-Type": "application/xml"}}, 400),
    "security": ("GET", "/secret", {}, 401),
    "another scheme": ("GET", "/secret", {"headers": {"Authorization": "Basic x"}}, 401),
}
GIVEN: dict[str, tuple[str, str, dict[str, Any], int, Any]] = {
    "literal before template": ("GET", "/charges/latest", {}, 200, "latest"),
    "query of the key": ("GET", "/search?mode=fast", {}, 200, "fast"),
    "another query": ("GET", "/search?mode=x", {}, 200, "slow"),
    "fragment of the key": ("POST", "/rpc", {"headers": {"X-Target": "A.b"}}, 200, "A.b"),
    "a label": ("GET", "/links/7?fields=url", {}, 200, "shared"),
    "without what a label needs": ("GET", "/links/7", {}, 200, "link"),
    "a name with a dash": ("GET", "/pets/3fa85f64-5717-4562-b3fc-2c963f66afa6", {}, 200, "pet"),
    "only a default": ("GET", "/any", {}, 200, {"a": 1}),
    "a default on request": ("GET", "/any", {"headers": {"Prefer": "code=409"}}, 409, {"a": 1}),
    "parts of a segment": ("GET", "/orders/7.json", {}, 200, "order"),
    "parameters": ("GET", "/charges?day=2026-01-31&limit=30&ids=1&ids=2", {"headers": {"X-Tenant": "t1"}}, 200, None),
    "an empty header": ("GET", "/tenant", {"headers": {"X-Tenant": ""}}, 204, None),
    "form": ("POST", "/login", {"data": {"user": "ada", "age": "36"}}, 200, None),
    "multipart": ("POST", "/files", {"files": {"file": b"x"}}, 204, None),
    "files of one name": ("POST", "/albums/3", {"files": [("file", b"x"), ("file", b"y")]}, 200, {"id": 3}),
    "bytes": (
        "PUT",
        "/blobs",
        {"content": b"\0\xff", "headers": {"Content-Type": "application/octet-stream"}},
        204,
        None,
    ),
    "of alternatives that always fit": ("POST", "/either", {"json": {"a": "x"}}, 204, None),
    "XML": ("POST", "/blobs", {"content": "<a x='1'/>", "headers": {"Content-Type": "application/xml"}}, 204, None),
    "key": ("GET", "/secret", {"headers": {"X-Key": "k"}}, 200, None),
    "token": ("GET", "/secret", {"headers": {"Authorization": "bearer k"}}, 200, None),
    "a declared answer": ("POST", "/charges", {"headers": {"Prefer": "code=402"}}, 402, {"error": "declined"}),
    "an example": ("POST", "/charges", {"headers": {"Prefer": "example=big"}}, 201, {"id": "c2", "amount": 9000}),
    "both": ("POST", "/charges", {"headers": {"Prefer": "code=201, example=big"}}, 201, {"id": "c2", "amount": 9000}),
    "null as a body": ("POST", "/notes", {"content": " null ", "headers": JSON}, 201, {"name": "note"}),
    "a text as a body": ("POST", "/notes", {"content": '"name"', "headers": JSON}, 201, {"name": "note"}),
    "a list as a body": ("POST", "/notes", {"content": "[]", "headers": JSON}, 201, {"name": "note"}),
    "an object as a body": ("POST", "/notes", {"json": {"name": "mine"}}, 201, {"name": "mine"}),
    "null": ("POST", "/charges", {"json": {"amount": 1, "note": None}}, 201, None),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_request_that_does_not_fit_gets_the_contracts_own_answer(shop: httpx.Client, name: str) -> None:
    method, path, options, status = REFUSED[name]
    answer = shop.request(method, path, **options)

    assert answer.status_code == status
    if status == 400 or "undocumented" in name:
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert "localenv check --traffic" in answer.json()["detail"]
    assert answer.json()


@pytest.mark.parametrize("name", GIVEN)
def test_a_request_that_fits_gets_the_documented_answer(shop: httpx.Client, name: str) -> None:
    method, path, options, status, expected = GIVEN[name]
    answer = shop.request(method, path, **options)

    assert answer.status_code == status
    assert expected is None or answer.json() == expected


def test_the_repositorys_own_mapping_lies_on_top(shop: httpx.Client) -> None:
    assert shop.get("/charges/own").text == "mine"


def test_mappings_are_valid_and_come_back_unchanged(
    shop: httpx.Client, admin: Admin, upstream: Upstream, schema: Any
) -> None:
    assert loaded_unchanged(admin, upstream, schema) > 0


@pytest.mark.parametrize("name", pack.names())
def test_mappings_of_packs_are_valid_and_come_back_unchanged(admin: Admin, name: str, schema: Any) -> None:
    upstream = Upstream(name=name, server="s", sources=(StubSource(kind="pack", value=name),))
    admin.load(upstream)

    assert loaded_unchanged(admin, upstream, schema) > 0


def loaded_unchanged(admin: Admin, upstream: Upstream, schema: Any) -> int:
    """The number of an upstream's mappings, each of which is valid and on the server as it was sent."""
    validator = jsonschema.validators.validator_for(schema)(schema)
    stored = {one["id"]: one for one in admin.stubs(upstream.name)}
    for sent in layers.mappings(upstream):
        assert not list(validator.iter_errors(sent))
        came, wanted = stored[sent["id"]], dict(sent["request"])
        assert {key: came[key] for key in ("response", "priority")} == {
            key: sent[key] for key in ("response", "priority")
        }
        headers = {name: one for name, one in came["request"].get("headers", {}).items() if name != MARK}
        assert headers == wanted.pop("headers", {})
        assert {key: one for key, one in came["request"].items() if key != "headers"} == wanted
    return len(stored)


@pytest.mark.parametrize("file", documents() or [None], ids=lambda one: one.stem if one else "none")
def test_random_requests_to_public_documents(wiremock: int, admin: Admin, file: Any) -> None:
    if file is None:
        pytest.skip("the public documents are not beside the checkout")
    name, source = file.stem.replace(".", "-"), StubSource(kind="openapi", value=file)
    admin.load(Upstream(name=name, server="s", sources=(source,)), is_new=True)
    contract = read(file)
    schemas, judge = Schemas(contract), ContractJudge(contract=contract, base=None, is_strict=False)
    operations, chance, wrong = [*asking.every(contract, schemas)], random.Random(7), []
    with httpx.Client(base_url=f"http://127.0.0.1:{wiremock}", headers={MARK: name}) as client:

        def send(asked: asking.Asked) -> httpx.Response:
            headers = {**asked.headers, **({"Content-Type": asked.type} if asked.type else {})}
            return client.request(asked.operation.method, asked.url, content=asked.body, headers=headers)

        asks = [asking.valid(contract, schemas, operations[n % len(operations)], n) for n in range(N)]
        for asked in asks:
            answer = send(asked)
            success = asked.operation.success
            given = Exchange(
                method=asked.operation.method, url=asked.url, status=answer.status_code, is_unasked=True,
                answer_headers={key.lower(): one for key, one in answer.headers.items()}, answer=answer.content,
            )  # fmt: skip
            if answer.status_code != (success.status if success else 200) or judge.judge(given):
                wrong.append((asked.operation.name, asked.url, asked.value, answer.status_code, judge.judge(given)))
        bad = [one for asked in asks for one in asking.invalid(contract, asked, chance)]
        bad = [one for one in bad if judge.judge(one.exchange())]
        for asked in chance.sample(bad, min(N, len(bad))):
            answer = send(asked)
            if not 400 <= answer.status_code < 500 or re.match("No response could be", answer.text):
                wrong.append((asked.operation.name, asked.mistake, asked.value, answer.status_code))

    assert not wrong
