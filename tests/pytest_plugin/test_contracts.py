"""A test fails for a request or response that the contract of an upstream does not allow."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.pytest_plugin.conftest import on

CONTRACT = """
    openapi: 3.1.0
    info: {title: shop, version: "1"}
    paths:
      /charges/{id}:
        parameters: [{name: id, in: path, required: true, schema: {type: string}}]
        get:
          responses:
            '200': {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Charge'}}}}
            '404': {description: no, content: {application/json: {example: {error: no such charge}}}}
      /charges:
        post:
          requestBody:
            required: true
            content: {application/json: {schema: {$ref: '#/components/schemas/Charge'}}}
          responses: {'201': {description: ok}}
    components:
      schemas:
        Charge: {type: object, required: [id], properties: {id: {type: string}}}
"""
STATEFUL = """
    openapi: 3.0.3
    info: {title: orders, version: "1"}
    servers: [{url: /v1}]
    paths:
      /orders:
        get:
          responses: {'200': {description: ok, content: {application/json: {
            schema: {type: array, items: {$ref: '#/components/schemas/Order'}}}}}}
        post:
          requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}}
          responses: {'201': {description: ok, content: {application/json: {
            schema: {$ref: '#/components/schemas/Order'}}}}}
      /orders/{orderId}:
        parameters: [{name: orderId, in: path, required: true, schema: {type: integer}}]
        get:
          responses: {'200': {description: ok, content: {application/json: {
            schema: {$ref: '#/components/schemas/Order'}}}}, '404': {description: no}}
        delete: {responses: {'204': {description: ok}, '404': {description: no}}}
    components:
      schemas:
        Order:
          type: object
          required: [id, sku]
          properties: {id: {type: integer, readOnly: true}, sku: {type: string}}
"""
DESCRIPTION = """
    name: inner
    upstreams:
      shop: {openapi: ../shop.yaml, stubs: ../stubs}
      orders: {openapi: ../orders.yaml, stateful: true}
"""
OWN = {
    "mappings": [
        {"request": {"urlPath": f"/charges/{name}"}, "response": {"status": 200, "jsonBody": {"id": id_}}}
        for name, id_ in (("drifted", 7), ("unused", "7"))
    ]
}
TESTS = """
    import pathlib
    import httpx, pytest

    def get(localenv_test, path):
        return httpx.get(localenv_test.url("shop") + path)

    def test_fitting(localenv_test):
        assert get(localenv_test, "/charges/a").json() == {"id": "a"}

    def test_drifted(localenv_test):
        assert get(localenv_test, "/charges/drifted").status_code == 200

    def test_bad_request(localenv_test):
        assert httpx.post(localenv_test.url("shop") + "/charges", json={}).status_code == 400

    @pytest.mark.localenv(contract="ignore")
    def test_ignored(localenv_test):
        assert get(localenv_test, "/charges/drifted").status_code == 200

    def test_documented_failure(localenv_test):
        localenv_test.upstream("shop").get("/charges/{id}").fails(404)
        assert get(localenv_test, "/charges/gone").json() == {"error": "no such charge"}

    @pytest.mark.parametrize("time", ["first", "second"])
    def test_created(localenv_test, time):
        url = localenv_test.url("orders") + "/v1/orders"
        assert httpx.get(url).json() == []
        lamp, sofa = (httpx.post(url, json={"sku": sku}).json() for sku in ("lamp", "sofa"))
        assert httpx.get(url).json() == [lamp, sofa]
        assert httpx.get(f"{url}/{sofa['id']}").json()["sku"] == "sofa"
        assert httpx.delete(f"{url}/{lamp['id']}").status_code == 204
        assert httpx.get(f"{url}/{lamp['id']}").status_code == 404

    def test_violations(localenv):
        found = localenv.environment.violations(["shop"])
        assert {(one.verdict.operation, one.verdict.pointer) for one in found} == {
            ("GET /charges/{id}", "#/id"), ("POST /charges", "#")}
        assert [one.violating for one in localenv.environment.status().services if one.name == "shop"] == [3]
        assert ["/charges/unused" in one.message for one in localenv.environment.unused_stubs()] == [True]
        pathlib.Path("shop").write_text(localenv.url("shop"))

    def test_of_something_else():
        httpx.get(pathlib.Path("shop").read_text() + "/charges/drifted?by=nobody")
"""


@on(compose=pytest.mark.full)
def test_contracts_are_kept_in_tests(new_suite: Callable[..., Any]) -> None:
    suite = new_suite(
        {
            "envs/local.yaml": DESCRIPTION,
            "shop.yaml": CONTRACT,
            "orders.yaml": STATEFUL,
            "stubs/mappings/own.json": json.dumps(OWN),
            "tests/test_inner.py": TESTS,
        }
    )
    ran = suite.run()

    outcomes = {
        name: ran.outcome(f"test_{name}")
        for name in (
            "fitting",
            "ignored",
            "documented_failure",
            "created[first]",
            "created[second]",
            "violations",
            "of_something_else",
        )
    }
    assert outcomes == dict.fromkeys(outcomes, "passed"), ran.out
    assert 'shop: GET /charges/{id}: response #/id: 7 is not of type "string"' in ran.report("test_drifted")
    assert 'shop: POST /charges: request #: "id" is a required property' in ran.report("test_bad_request")
    told = ran.out.partition("warning: requests that belong to no test:\n")[2]
    assert [line for line in told.splitlines() if "(stub" in line] == [
        "  GET /charges/drifted?by=nobody → 200 (stub “ANY /charges/drifted”)"
    ]
    assert suite.left() == set()
