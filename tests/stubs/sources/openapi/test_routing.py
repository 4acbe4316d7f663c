"""The operation of a request is the one with the most precise path."""

import pytest

from localenv.stubs.sources.openapi.operations import Operation, operations
from localenv.stubs.sources.openapi.routing import Routes
from tests.stubs.sources.openapi.conftest import Make

ANSWER = {"responses": {"200": {"description": "ok"}}}
TARGET = {"name": "X-Target", "in": "header", "required": True, "schema": {"type": "string"}}
PATHS = {
    "/a": {"get": ANSWER, "post": ANSWER},
    "/a/{id}": {"get": ANSWER},
    "/a/last": {"get": ANSWER},
    "/a/{id}/b": {"get": ANSWER},
    "/a/{name}.{kind}": {"put": ANSWER},
    "/ä/{x}": {"get": ANSWER},
    "/s?mode=fast": {"get": ANSWER},
    "/s": {"get": ANSWER},
    "/rpc#X-Target=one": {"post": {**ANSWER, "parameters": [TARGET]}},
    "/rpc#X-Target=two": {"post": {**ANSWER, "parameters": [TARGET]}},
    "/files/{id}": {"get": ANSWER},
    "/files/{name}": {"get": ANSWER},
    "/files/{id}/{name}": {"get": ANSWER},
    "/links/{id}": {"get": ANSWER},
    "/links/{id}#shared": {"get": ANSWER},
}
FOUND = {
    "GET /v1/a": "GET /a",
    "POST /v1/a?x=1": "POST /a",
    "GET /v1/a/7": "GET /a/{id}",
    "GET /v1/a/last": "GET /a/last",
    "GET /v1/a/last/b": "GET /a/{id}/b",
    "PUT /v1/a/x.json": "PUT /a/{name}.{kind}",
    "PUT /v1/a/x": "",
    "GET /v1/%C3%A4/a%2Fb": "GET /ä/{x}",
    "GET /v1/s?mode=fast": "GET /s?mode=fast",
    "GET /v1/s?mode=slow": "GET /s",
    "GET /v1/a/": "",
    "GET /a": "",
    "DELETE /v1/a": "",
    "POST /v1/rpc": "POST /rpc#X-Target=two",
    "GET /v1/files/a.jpg": "GET /files/{id} or GET /files/{name}",
    "GET /v1/files/7/a.jpg": "GET /files/{id}/{name}",
    "GET /v1/links/7": "GET /links/{id}#shared or GET /links/{id}",
}


@pytest.mark.parametrize("asked", FOUND)
def test_the_most_precise_path_is_found(contract: Make, asked: str) -> None:
    method, url = asked.split(" ")
    every = [one for one in operations(contract(PATHS), "/v1") if isinstance(one, Operation)]
    found = Routes(every).find(method, url, {"x-target": "two"})

    assert " or ".join(one.name for one in found) == FOUND[asked]
