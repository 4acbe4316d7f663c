"""An unmatched request is counted, shown, and answered after pasting one stub."""

import json

import pytest

DESCRIPTION = """
    name: shop
    services:
      api:
        build: ../app
        command: python app.py
        port: 8000
        environment: {BIND: "${bind}", UPSTREAMS: "${payments.url} ${inventory.url} ${telemetry.url}"}
    upstreams:
      payments: {stubs: ../stubs/payments}
      inventory: {}
      telemetry: {unmatched: ignore}
"""


@pytest.fixture(scope="module")
def shop(shared_world):
    request = {"method": "GET", "urlPath": "/prices/lamp", "queryParameters": {"currency": {"equalTo": "EUR"}}}
    world = shared_world(
        {
            "stubs/payments/mappings/price.json": json.dumps(
                {"name": "a price", "request": request, "response": {"status": 200, "jsonBody": {"price": 4950}}}
            )
        }
    )
    world.describe(DESCRIPTION)
    world.up()
    return world


def call(shop, upstream, path):
    """The response that the service itself gets."""
    urls = dict(zip(("payments", "inventory", "telemetry"), shop.get("/environment")["UPSTREAMS"].split(), strict=True))
    return shop.get("/call", url=urls[upstream] + path)


def test_an_unmatched_request_is_counted_shown_with_the_nearest_stub_and_matches_once_pasted(shop):
    before = shop.status()["services"]["payments"]
    assert call(shop, "payments", "/prices/lamp?currency=EUR")["status"] == 200
    assert call(shop, "payments", "/prices/lamp?currency=CHF")["status"] == 404

    line = shop.status()["services"]["payments"]
    output = shop.run("status").out

    assert (line["requests"] - before["requests"], line["unmatched"] - before["unmatched"]) == (2, 1)
    assert "payments: GET /prices/lamp?currency=CHF matched no stub" in output
    assert "nearest: a price (" in output
    assert "payments/mappings/price.json)" in output
    assert "query parameter currency is " in output
    assert "the stub expects equalTo EUR" in output
    pasted = output.partition("to paste into stubs/payments/mappings/:\n")[2].partition("\n\n")[0]
    shop.write({"stubs/payments/mappings/pasted.json": json.dumps(json.loads(pasted))})

    assert "payments" in shop.up().err

    assert call(shop, "payments", "/prices/lamp?currency=CHF")["status"] == 200
    assert call(shop, "payments", "/prices/lamp?currency=EUR")["body"] == '{"price":4950}'


def test_an_upstream_without_stubs_says_so_and_one_that_is_ignored_is_only_counted(shop):
    assert call(shop, "inventory", "/items/lamp")["status"] == 404
    assert call(shop, "inventory", "/items?found=100%25")["status"] == 404
    assert call(shop, "telemetry", "/spans")["status"] == 200

    lines = shop.status()["services"]
    output = shop.run("status").out

    assert (lines["inventory"]["unmatched"], lines["telemetry"]["unmatched"]) == (2, 1)
    assert "inventory: GET /items/lamp matched no stub\n  the upstream has no stubs" in output
    assert "inventory: GET /items?found=100%25 matched no stub\n  the upstream has no stubs" in output
    assert "/spans" not in output


def test_a_request_of_an_unknown_host_is_shown_also_where_all_others_were_answered(shop, engine):
    url = f"{'http://payments' if engine == 'compose' else shop.url('payments')}/prices/lamp"
    for host in ("other.partner.example", "api.partner.example"):
        wanted = f"urllib.request.Request('{url}', headers={{'Host': '{host}'}})"
        program = f"import urllib.request; urllib.request.urlopen({wanted})"
        shop.run("exec", "api", "--", "python", "-c", program, code=None)

    output = shop.run("status").out

    whose = "unknown host" if engine == "compose" else "payments"  # natively the port identifies the upstream
    assert f"{whose}: GET /prices/lamp matched no stub" in output
    for host in ("other.partner.example", "api.partner.example"):
        assert (f"hosts: [{host}]" in output) is (engine == "compose")
