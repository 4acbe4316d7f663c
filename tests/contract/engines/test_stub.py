"""Overrides at run time, by a command, a program in any language and a test; each sees those of the others."""

import base64
import json
import sys
import urllib.parse

import httpx
import pytest

from tests.world.commands import LOCALENV
from tests.world.waiting import until

DESCRIPTION = """
    name: shop
    upstreams:
      payments: {stubs: ../stubs/payments}
      inventory: {}
"""
PLAIN = {"request": {"urlPath": "/charges"}, "response": {"body": "plain"}}
PROGRAM = """
import datetime, json, os, subprocess, urllib.request
began = datetime.datetime.now(datetime.UTC).isoformat().replace("+00:00", "Z")
def localenv(*words): return subprocess.run([*LOCALENV, *words], check=True, capture_output=True, text=True).stdout
def ask(): return urllib.request.urlopen(os.environ["LOCALENV_PAYMENTS_URL"] + "/charges", b"{}").read().decode()
localenv("stub", "payments", "POST", "/charges", "--body", "from a program", "--times", "1")
print(ask(), ask(), sep=", ")
[first, second] = map(json.loads, localenv("requests", "payments", "--json", "--since", began).splitlines())
print(first["method"], first["url"], first["body"], second["stub"])
"""


@pytest.fixture(scope="module")
def shop(shared_world):
    world = shared_world({"stubs/payments/mappings/a.json": json.dumps(PLAIN)}, app=False)
    world.describe(DESCRIPTION)
    world.up()
    return world


@pytest.fixture
def payments(shop):
    """Call the upstream; overrides are removed before the test."""
    shop.run("stub", "--remove")
    url = shop.status()["services"]["payments"]["url"]

    def ask(method="GET", path="/charges", **more):
        return httpx.request(method, url + path, trust_env=False, **more)

    return ask


def test_a_stub_goes_before_those_of_the_repository_until_it_is_taken_away(shop, payments):
    output = shop.run(
        "stub", "payments", "POST", "/charges", "--status", "402", "--json-body", '{"error": "declined"}'
    ).out
    answer = payments("POST")

    assert (answer.status_code, answer.json()) == (402, {"error": "declined"})
    assert payments("GET").text == "plain"
    assert "payments: POST /charges → 402 (added)" in output
    identity = output.split()[0]
    assert f"{identity}  payments: POST /charges → 402 (added at" in shop.run("stub").out
    assert f"overrides: POST /charges → 402 ({identity})" in shop.run("status").out
    assert identity in shop.run("stub", "payments", "--list").out
    assert "at most an UPSTREAM" in shop.run("stub", "payments", "--list", "--remove", code=2).err
    assert "(removed)" in shop.run("stub", "--remove", identity).out
    assert payments("POST").text == "plain"
    assert shop.run("stub").out == ""


def test_it_answers_as_often_as_it_is_told_to(shop, payments):
    shop.run("stub", "payments", "--fault", "empty", "--times", "2")

    for _ in range(2):
        with pytest.raises(httpx.RemoteProtocolError):
            payments()
    assert payments().text == "plain"


def test_it_answers_what_has_the_parameter_header_and_body(shop, payments):
    wanted = ("--match-query", "page=2", "--match-header", "X-Tenant: a", "--match-json", '{"sku": "lamp"}')
    shop.run("stub", "payments", "/charges", *wanted, "--body", "that one", "-H", "X-Answer: yes", "--delay", "10ms")

    answer = payments("POST", "/charges?page=2", headers={"X-Tenant": "a"}, json={"sku": "lamp", "quantity": 1})
    assert (answer.text, answer.headers["X-Answer"]) == ("that one", "yes")
    assert payments("POST", "/charges?page=3", headers={"X-Tenant": "a"}, json={"sku": "lamp"}).text == "plain"


def test_priorities_are_kept_and_of_equal_ones_the_newest_goes_first(shop, payments):
    shop.run("stub", "payments", "--body", "first", "--priority", "2")
    shop.run("stub", "payments", "--body", "second")
    assert payments().text == "first"
    shop.run("stub", "payments", "--body", "third", "--priority", "2")
    assert payments().text == "third"


def test_mappings_of_wiremock_are_laid_from_a_file(shop, payments):
    mapping = {"mappings": [{"request": {"urlPathPattern": "/charges/.*"}, "response": {"status": 204}}]}
    shop.write({"more.json": json.dumps(mapping)})

    shop.run("stub", "payments", "--mapping", "more.json")
    assert payments("GET", "/charges/1").status_code == 204


def test_a_stub_that_is_saved_leaves_what_was_laid_on_top(shop, payments):
    shop.run("stub", "payments", "GET", "/charges", "--body", "on top")
    changed = {**PLAIN, "response": {"body": "changed"}}
    shop.write({"stubs/payments/mappings/a.json": json.dumps(changed)})
    shop.run("up", "--detach")

    assert payments("POST").text == "changed"
    assert payments("GET").text == "on top"
    shop.write({"stubs/payments/mappings/a.json": json.dumps(PLAIN)})
    shop.run("up", "--detach")


def test_the_last_unmatched_request_is_explained_with_a_stub_to_save(shop, payments):
    url = shop.status()["services"]["payments"]["url"]
    assert shop.run("explain", "inventory").err == "no unmatched request\n"
    assert payments("PUT", "/charge?page=2", json={"sku": "lamp"}).status_code == 404

    output = shop.run("explain")
    found = shop.run("explain", "payments", "--json").document

    assert "payments: PUT /charge?page=2 matches no stub" in output.out
    assert "nearest: “ANY /charges” (stubs/payments/mappings/a.json)" in output.out
    assert "URL /charge?page=2, the stub expects urlPath /charges" in output.out
    assert "a stub to paste into stubs/payments/mappings/:" in output.out
    assert found["nearest"][0]["differences"] == ["URL /charge?page=2, the stub expects urlPath /charges"]
    assert found["mapping"]["request"]["queryParameters"] == {"page": {"equalTo": "2"}}
    [asked] = [one for one in shop.run("requests", "--json").documents if one["id"] == found["id"]]
    assert asked["url"] == "/charge?page=2"
    saved = shop.run("explain", asked["id"][:8], "--save", "--json").document["saved"]
    assert httpx.put(f"{url}/charge?page=2", json={"sku": "lamp"}).status_code == 200
    assert (
        "answered by stub “PUT /charge”"
        in shop.run("explain", "payments", "PUT", "/charge?page=2", "--save", "--body", '{"sku": "lamp"}', code=2).err
    )
    (shop.folder / saved).unlink()
    shop.run("up", "--detach")


def test_a_request_is_explained_without_being_answered_or_counted(shop, payments):
    mapping = {
        "scenarioName": "once",
        "requiredScenarioState": "Started",
        "newScenarioState": "done",
        "request": {
            "method": "POST",
            "urlPathTemplate": "/orders/{id}",
            "pathParameters": {"id": {"matches": "[0-9]+"}},
        },
        "response": {"body": "once"},
    }
    shop.write({"once.json": json.dumps(mapping)})
    shop.run("stub", "payments", "--mapping", "once.json")
    before = shop.run("requests", "--json").out
    url = f"{shop.status()['services']['payments']['url']}/orders/7"

    for words in (("payments", "POST", "/orders/7"), ("POST", url), ("post", "http://payments/orders/7")):
        assert "is answered by “POST /orders/{id}” (an added stub)" in shop.run("explain", *words).out
    other = shop.run("explain", "payments", "POST", "/orders/x", "--body", "{}", "-H", "X-Tenant: a", "--json").document
    assert other["answered_by"] is None
    assert other["nearest"][0]["differences"][-1] == "path parameter id, the stub expects matches [0-9]+"
    assert "missing UPSTREAM" in shop.run("explain", "POST", "/orders/7", code=2).err
    unknown = shop.run("explain", "POST", "http://nobody/", code=2).err
    assert "'nobody' is not an upstream" in unknown
    assert "or add hosts: [nobody] to one" in unknown
    assert "add hosts:" not in shop.run("explain", "POST", "http://[::1]:80/", code=2).err
    assert "inventory has no folder of stubs" in shop.run("explain", "inventory", "GET", "/a", "--save", code=2).err
    assert "no request has the id 'x'" in shop.run("explain", "x", code=2).err

    assert shop.run("requests", "--json").out == before
    assert payments("POST", "/orders/7").text == "once"


def test_a_mistake_is_told_with_what_to_write(shop, payments):
    messages = {
        ("payments", "--fault", "CONNECTION_RESET_BY_PEER"): 'did you mean "reset"?',
        ("payments", "--fault", "503"): "--status 503",
        ("payments", "--fault", "timeout"): "did you mean --delay?",
        ("payments", "--json-body", "{"): "--json-body is not JSON",
        ("payments", "GRAB", "/x", "--status", "200"): "unknown method 'GRAB'",
        ("payments", "--status", "200", "--times", "0"): "times is a number from 1",
        ("nobody", "--status", "200"): "available: payments, inventory",
        ("--status", "200"): "missing UPSTREAM",
        ("--remove", "abc"): "no added stub has the id 'abc'",
    }
    for words, message in messages.items():
        assert message in shop.run("stub", *words, code=2).err

    assert shop.run("stub").out == ""


def test_a_program_of_any_language_lays_stubs_and_asks_what_was_called(shop, payments):
    shop.write({"program.py": f"LOCALENV = {list(LOCALENV)}\n{PROGRAM}"})
    payments("DELETE")  # before the requested time

    output = shop.run("run", "--", sys.executable, "program.py").out.splitlines()

    assert output[0] == "from a program, plain"
    assert output[1].startswith("POST /charges {} ")


def test_the_stub_server_is_asked_with_the_login_in_its_url(shop, payments):
    url = urllib.parse.urlsplit(shop.run("run", "--", "sh", "-c", "echo $LOCALENV_STUBS_URL").out.strip())
    login = base64.b64encode(f"{url.username}:{url.password}".encode()).decode()
    admin = f"http://{url.hostname}:{url.port}/__admin"

    assert httpx.get(f"{admin}/mappings", trust_env=False).status_code == 401
    until(lambda: payments().text == "plain", "an answer")
    asked = httpx.get(f"{admin}/requests", headers={"Authorization": f"Basic {login}"}, trust_env=False).json()
    assert asked["requests"][0]["request"]["url"] == "/charges"


def test_a_test_session_that_is_a_guest_leaves_what_a_command_has_laid(shop, payments):
    shop.write(
        {
            "test_inner.py": """
                import httpx
                def test_it(localenv_test):
                    shop = localenv_test.upstream("payments")
                    shop.get("/charges").reply(200, body="of a test", times=1)
                    asked = [httpx.get(localenv_test.url("payments") + "/charges").text for _ in range(2)]
                    assert asked == ["of a test", "of a command"]
                    [mine] = [one for one in localenv_test.environment.overrides() if one.owner.kind == "test"]
                    assert mine.owner.name == "test_inner.py::test_it"
            """
        }
    )
    shop.run("stub", "payments", "GET", "/charges", "--body", "of a command")

    output = shop.run(
        "run", "--", sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_inner.py", code=None
    )

    assert output.code == 0, output.out
    assert payments("GET").text == "of a command"
