"""Contracts of Pact: their stubs answer what Pact's own verifier asks, and a tampered one is found."""

import json

import httpx
import pytest

pytest.importorskip("pact", reason="Pact's verifier is not installed")

DESCRIPTION = """
    name: NAME
    services:
      api:
        image: python:3.13-slim
        command: python3 server.py ${port} ${cache.host} ${cache.port}
        port: 8000
        native: {working_dir: ../site}
        compose: {volumes: ["../site:/site:ro"], working_dir: /site}
    needs:
      cache:
        redis: 8
        seed: {command: "python3 server.py set 8 ${cache.host} ${cache.port}", states: an old order exists}
    jobs:
      seed: python3 server.py set seeded ${cache.host} ${cache.port}
      order: {command: "python3 server.py set 7 ${cache.host} ${cache.port}", states: an order exists}
    upstreams:
      payments: {pact: ../pacts}
      inventory: {pact: ../pacts/v2.json}
"""


def contract(version, *interactions, **more):
    about = {"consumer": {"name": "web"}, "provider": {"name": "payments"}}
    metadata = {"metadata": {"pactSpecification": {"version": version}}}
    return json.dumps({**about, "interactions": interactions, **metadata, **more})


V2 = contract(
    "2.0.0",
    {
        "description": "charges of a page",
        "request": {
            "method": "GET",
            "path": "/charges",
            "query": "page=2&tag=a&tag=b",
            "headers": {"Accept": "application/json"},
            "matchingRules": {"$.query.page": {"match": "regex", "regex": "\\d+"}},
        },
        "response": {
            "status": 200,
            "headers": {"Content-Type": "application/json"},
            "body": {"charges": [{"id": 1, "at": "2026-01-02"}], "total": 1},
            "matchingRules": {
                "$.body.charges": {"min": 2, "match": "type"},
                "$.body.charges[*].*": {"match": "type"},
                "$.body.total": {"match": "type"},
            },
        },
    },
)
V3 = contract(
    "3.0.0",
    {
        "description": "a charge",
        "providerStates": [{"name": "a charge exists", "params": {"id": 7}}],
        "request": {
            "method": "GET",
            "path": "/charges/7",
            "matchingRules": {"path": {"matchers": [{"match": "regex", "regex": "/charges/\\d+"}]}},
        },
        "response": {
            "status": 200,
            "body": {"id": 7, "state": "paid", "at": "2026-01-02T03:04:05Z", "amount": 49.5},
            "matchingRules": {
                "body": {
                    "$.id": {"matchers": [{"match": "integer"}]},
                    "$.at": {"matchers": [{"match": "timestamp", "timestamp": "yyyy-MM-dd'T'HH:mm:ssX"}]},
                    "$.amount": {"matchers": [{"match": "decimal"}]},
                }
            },
        },
    },
    {
        "description": "no charge",
        "providerStates": [{"name": "the shop is open"}, {"name": "there are no charges"}],
        "request": {"method": "GET", "path": "/charges/7"},
        "response": {"status": 404, "body": {"error": "unknown charge"}},
    },
    {
        "description": "a form",
        "request": {
            "method": "POST",
            "path": "/charges",
            "headers": {"Content-Type": "application/x-www-form-urlencoded"},
            "body": "amount=4950&currency=EUR",
        },
        "response": {"status": 303, "headers": {"Location": "/charges/8"}},
    },
)
V4 = contract(
    "4.0",
    {
        "type": "Synchronous/HTTP",
        "description": "a card is charged",
        "request": {
            "method": "POST",
            "path": "/charges",
            "headers": {"Content-Type": ["application/json"]},
            "body": {"content": {"amount": 4950, "items": [{"sku": "a"}]}, "contentType": "application/json"},
            "matchingRules": {
                "body": {
                    "$.amount": {"matchers": [{"match": "integer"}]},
                    "$.items": {"matchers": [{"match": "type", "min": 1}]},
                }
            },
        },
        "response": {
            "status": 201,
            "headers": {"Content-Type": ["application/json"], "Location": ["/charges/8"]},
            "body": {"content": {"id": 8, "receipt": "r-1"}, "contentType": "application/json"},
            "matchingRules": {"body": {"$.receipt": {"matchers": [{"match": "regex", "regex": "r-\\d+"}]}}},
        },
    },
    {"type": "Asynchronous/Messages", "description": "a charge was paid", "contents": {"content": "paid"}},
)
SITE = contract(
    "3.0.0",
    {
        "description": "the page",
        "request": {"method": "GET", "path": "/page.txt"},
        "response": {"status": 200, "headers": {"Content-Type": "text/plain"}, "body": "hello\n"},
    },
    {
        "description": "another page",
        "providerStates": [{"name": "it was written"}],
        "request": {"method": "GET", "path": "/other.txt"},
        "response": {"status": 200},
    },
)
ORDERS = contract(
    "3.0.0",
    {
        "description": "an order",
        "providerStates": [{"name": "an order exists"}],
        "request": {"method": "GET", "path": "/orders/7"},
        "response": {"status": 200},
    },
    {
        "description": "an old order",
        "providerStates": [{"name": "an old order exists"}],
        "request": {"method": "GET", "path": "/orders/8"},
        "response": {"status": 200},
    },
    {
        "description": "no old order without a state either",
        "request": {"method": "GET", "path": "/orders/8"},
        "response": {"status": 404},
    },
    {
        "description": "no old order, as the one before was reset",
        "providerStates": [{"name": "there is no order"}],
        "request": {"method": "GET", "path": "/orders/8"},
        "response": {"status": 404},
    },
    {
        "description": "no order, as the one before was reset",
        "providerStates": [{"name": "there is no order"}],
        "request": {"method": "GET", "path": "/orders/7"},
        "response": {"status": 404},
    },
    {
        "description": "a seeded order",
        "providerStates": [{"name": "the data is seeded"}],
        "request": {"method": "GET", "path": "/orders/seeded"},
        "response": {"status": 200},
    },
)
SERVER = """
import socket, sys
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

def ask(host, port, *words):
    with socket.create_connection((host, int(port))) as wire:
        wire.sendall((" ".join(words) + "\\r\\n").encode())
        return wire.recv(100)

class Server(SimpleHTTPRequestHandler):
    def do_GET(self):
        if not self.path.startswith("/orders/"):
            return super().do_GET()
        self.send_response(404 if ask(*sys.argv[2:4], "GET", self.path).startswith(b"$-1") else 200)
        self.end_headers()

if sys.argv[1] == "set":
    ask(*sys.argv[3:5], "SET", f"/orders/{sys.argv[2]}", "1")
else:
    ThreadingHTTPServer(("", int(sys.argv[1])), Server).serve_forever()
"""
FILES = {
    "pacts/v2.json": V2,
    "pacts/v3.json": V3,
    "pacts/v4.json": V4,
    "consumers/site.json": SITE,
    "orders/orders.json": ORDERS,
    "site/server.py": SERVER,
    "site/page.txt": "hello\n",
}


@pytest.fixture(scope="module")
def shop(shared_world):
    world = shared_world(FILES, app=False)
    world.describe(DESCRIPTION)
    world.up()
    return world


def test_the_verifier_passes_on_the_stubs_of_every_version_and_leaves_them_as_they_were(shop):
    url = shop.url("payments")
    assert httpx.get(f"{url}/charges/9").status_code == 200
    before = shop.run("requests", "--json").out

    output = shop.run("check", "--pact")

    assert [line for line in output.out.splitlines() if not line.startswith("ok ")] == []
    assert "ok web → payments: a charge (given a charge exists)" in output.out
    assert "ok web → payments: charges of a page" in output.out
    assert "messages" not in output.out
    assert "is about messages and is not served" in shop.run("check").err
    assert shop.run("requests", "--json").out == before
    assert httpx.get(f"{url}/charges/9").status_code == 200


def test_stubs_answer_what_fits_the_rules_and_nothing_else(shop):
    url = shop.url("payments")

    def post(**body):
        return httpx.post(f"{url}/charges", json=body).status_code

    assert post(amount=1, items=[{"sku": "b"}, {"sku": "c"}]) == 201
    assert post(amount="1", items=[{"sku": "b"}]) == 404
    assert post(amount=1, items=[]) == 404
    assert post(amount=1, items=[{"sku": "b"}], more=1) == 404
    assert httpx.post(f"{url}/charges", data={"amount": "4950", "currency": "EUR"}).status_code == 303
    assert httpx.post(f"{url}/charges", data={"amount": "4950", "currency": "USD"}).status_code == 404
    listed = httpx.get(f"{url}/charges?page=5&tag=a&tag=b", headers={"Accept": "application/json"}).json()
    assert len(listed["charges"]) == 2
    assert httpx.get(f"{url}/charges/x").status_code == 404


def test_a_tampered_stub_fails_the_verifier(shop):
    tampered = {"request": {"method": "GET", "urlPath": "/charges/7"}, "response": {"jsonBody": {"id": "seven"}}}
    shop.write({"tampered.json": json.dumps(tampered)})
    shop.run("stub", "payments", "--mapping", "tampered.json")
    try:
        output = shop.run("check", "--pact", code=1)
        found = json.loads(shop.run("check", "--pact", "--json", code=1).out)
    finally:
        shop.run("stub", "--remove")

    assert "failed web → payments: a charge (given a charge exists)" in output.out
    assert "interactions failed" in output.err
    [one] = [one for one in found if one["interaction"] == "a charge"]
    assert any(difference.startswith("$.id: ") for difference in one["differences"])
    assert shop.run("check", "--pact").code == 0


def test_a_state_of_the_provider_is_selected_by_hand(shop):
    url = shop.url("payments")
    shop.run("stub", "payments", "--given", "the shop is open, there are no charges")
    try:
        assert httpx.get(f"{url}/charges/7").status_code == 404
    finally:
        shop.run("stub", "--remove")

    assert httpx.get(f"{url}/charges/7").status_code == 200
    assert "available: " in shop.run("stub", "payments", "--given", "x", code=2).err
    assert "--given takes requests and answers" in shop.run("stub", "payments", "GET", "--given", "x", code=2).err


def test_a_service_under_work_is_verified_as_a_provider(shop):
    output = shop.run("check", "--pact", "--provider", "api", "--contract", "consumers", code=1)

    assert "ok web → payments: the page" in output.out
    assert "failed web → payments: another page (given it was written)" in output.out
    assert "no seed or job lists the provider state 'it was written'" in output.out
    assert "1 of 2 interactions failed" in output.err
    assert "belong together" in shop.run("check", "--pact", "--provider", "api", code=2).err
    assert "unknown service 'x'" in shop.run("check", "--pact", "--provider", "x", "--contract", "pacts", code=2).err


def test_states_of_the_provider_are_jobs_or_seeds_and_each_begins_with_the_seeded_data(shop):
    output = shop.run("check", "--pact", "--provider", "api", "--contract", "orders")

    assert [line for line in output.out.splitlines() if not line.startswith("ok ")] == []
    assert "ok web → payments: an order (given an order exists)" in output.out
    assert "ok web → payments: an old order (given an old order exists)" in output.out
    assert "ok web → payments: a seeded order (given the data is seeded)" in output.out
