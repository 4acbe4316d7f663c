"""A request belongs to the upstream of its name or port, whatever its Host header is."""

import json

import httpx
import pytest

from tests.world.waiting import until

DESCRIPTION = """
    name: shop
    services:
      api:
        build: ../app
        command: python app.py
        port: 8000
        environment: {BIND: "${bind}", UPSTREAMS: "${payments.url} ${inventory.url}"}
    upstreams:
      payments: {stubs: ../stubs/payments, hosts: [api.partner.example], templating: all}
      inventory: {stubs: ../stubs/inventory, unmatched: ignore}
"""
HERE = {"charges": "payments", "prices": "inventory"}


def answers(*stubs):
    return json.dumps({"mappings": [{"request": request, "response": response} for request, response in stubs]})


@pytest.fixture(scope="module")
def shop(shared_world):
    own = {"urlPath": "/own", "headers": {"Host": {"equalTo": "own.example"}}}
    called = {"name": "webhook", "parameters": {"method": "POST", "url": "${inventory.url}/hook"}}
    calling = {"request": {"urlPath": "/call"}, "response": {"body": "called"}, "serveEventListeners": [called]}
    payments = [
        ({"urlPath": "/charges"}, {"body": "payments {{request.path}}"}),
        ({"urlPath": "/health"}, {"body": "payments"}),
        (own, {"body": "own"}),
        ({"urlPath": "/file"}, {"bodyFileName": "terms.txt"}),
        ({"urlPath": "/environment"}, {"proxyBaseUrl": "http://api:8000"}),
    ]
    inventory = [({"urlPath": "/prices"}, {"body": "inventory {{request.path}}"}), ({"urlPath": "/health"}, {})]
    world = shared_world(
        {
            "stubs/payments/mappings/a.json": answers(*payments),
            "stubs/payments/mappings/b.json": json.dumps(calling),
            "stubs/inventory/mappings/a.json": answers(*inventory),
            "stubs/payments/__files/terms.txt": "30 days",
        }
    )
    world.describe(DESCRIPTION)
    world.up()
    return world


def ask(shop, upstream, path, host):
    """The response at the published port of an upstream."""
    return httpx.get(shop.url(upstream) + path, headers={"Host": host} if host else {}, trust_env=False)


def ask_inside(shop, path, host):
    """The response that the service gets at the address of the first upstream."""
    wanted = "urllib.request.Request(os.environ['UPSTREAMS'].split()[0] + sys.argv[1], headers={'Host': sys.argv[2]})"
    asking = f"import os, sys, urllib.request; print(urllib.request.urlopen({wanted}).read().decode())"
    return shop.run("exec", "api", "--", "python", "-c", asking, path, host).out.strip()


def test_a_request_that_no_stub_matches_is_never_answered_from_the_files_of_bodies(shop):
    assert ask(shop, "payments", "/file", "").text == "30 days"
    paths = ("/", "/payments", "/payments/", "/terms.txt")
    assert {path: ask(shop, "payments", path, "").status_code for path in paths} == dict.fromkeys(paths, 404)


def test_a_request_at_an_upstreams_port_is_its_own_under_every_host(shop):
    for host in ("", "api.partner.example", "own.example", "nobody.example:8080", "inventory"):
        assert ask(shop, "payments", "/charges", host).text == "payments /charges"
        assert ask(shop, "payments", "/health", host).text == "payments"
        assert ask(shop, "inventory", "/prices", host).text == "inventory {{request.path}}"


@pytest.mark.parametrize("host", ["api.partner.example", "payments:80"])
def test_a_service_asks_an_upstream_under_its_name_and_the_hosts_of_the_description(shop, host):
    assert ask_inside(shop, "/health", host) == "payments"


def test_a_stub_that_only_one_upstream_has_answers_a_service_under_every_host(shop):
    assert ask_inside(shop, "/charges", "nobody.example") == "payments /charges"


def test_a_mapping_with_a_host_matcher_of_its_own_answers_that_host_alone(shop):
    assert ask(shop, "payments", "/own", "own.example").text == "own"
    assert ask(shop, "payments", "/own", "").status_code == 404


def test_what_no_stub_of_an_ignored_upstream_matches_is_answered_well_and_counted(shop):
    before = shop.status()["services"]["inventory"]
    assert ask(shop, "inventory", "/track", "").json() == {}
    after = shop.status()["services"]["inventory"]
    assert (after["requests"], after["unmatched"]) == (before["requests"] + 1, before["unmatched"] + 1)
    assert "/track" not in shop.run("status").out


def test_a_stub_leads_to_a_service_by_the_name_it_has_in_the_description(shop):
    assert "UPSTREAMS" in ask(shop, "payments", "/environment", "").json()


def test_a_webhook_leads_where_its_reference_does(shop):
    before = shop.status()["services"]["inventory"]["requests"]
    assert ask(shop, "payments", "/call", "").text == "called"
    until(lambda: shop.status()["services"]["inventory"]["requests"] == before + 1)


def test_status_says_which_hosts_that_are_no_upstreams_own_were_answered(shop, engine):
    ask_inside(shop, "/charges", "nobody.example")
    detail = shop.status()["services"]["payments"]["detail"]
    assert ("also answered requests with Host" in detail) is (engine == "compose")


def test_requests_are_shown_with_bodies_and_what_became_of_them(shop):
    ask(shop, "payments", "/charges", "")
    ask(shop, "payments", "/charge", "")
    found = [json.loads(line) for line in shop.run("requests", "payments", "--json").out.splitlines()]
    answered = next(one for one in found if one["url"] == "/charges")
    missed = next(one for one in found if one["url"] == "/charge")
    assert (answered["answer"], answered["status"], answered["stub"]) == ("payments /charges", 200, "ANY /charges")
    assert (missed["stub"], missed["nearest"]) == (None, "ANY /charges")
    assert "URL /charge, the stub expects urlPath /charges" in missed["differences"]
    assert {one["upstream"] for one in found} == {"payments"}
    assert "answered: payments /charges" in shop.run("requests", "payments").out


def test_the_log_of_an_upstream_has_a_line_for_each_request_and_no_other_log_has_tables(shop):
    ask(shop, "payments", "/charges", "")
    assert "GET /charges → 200 (stub “ANY /charges”)" in shop.run("logs", "payments", "--tail", "1").out
    assert "localenv.stubs" not in shop.run("logs").out
