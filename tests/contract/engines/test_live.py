"""What is changed in a running environment: stubs, failures; each ends as it was told to, and nothing else changes."""

import json
import re
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests

from localenv.environment.overrides import keeping
from localenv.guard import own_programs
from tests.world.waiting import until
from tests.world.world import World

DESCRIPTION = """
    name: shop
    needs: {cache: redis}
    upstreams:
      payments: {stubs: ../stubs/payments}
      inventory: {}
    faults:
      degraded: [slow=300ms, status=503]
    flags:
      new_checkout: false
      discount: {variants: {none: 0.0, some: 2.5}, rules: [{if: {plan: pro}, then: some}]}
    scenarios:
      declined:
        about: a payment that is refused
        stubs: {payments: ../stubs/declined}
        flags: {new_checkout: true}
        faults: {inventory: status=503}
      slow: {faults: {payments: slow=200ms, cache: pause}}
"""
PROMO = {
    "state": "ENABLED",
    "variants": {"on": True, "off": False},
    "defaultVariant": "off",
    "targeting": {"if": [{"==": [{"var": "plan"}, "pro"]}, "on"]},
}
CLIENT = """
import socket, sys, time
began = time.monotonic()
opened = socket.create_connection((sys.argv[1], int(sys.argv[2])), 60)
opened.sendall(b"PING\\r\\n")
assert opened.recv(1)
print(time.monotonic() - began)
"""
DESCRIPTION += f"""
    services:
      web:
        image: python:3.13-slim
        command: [python, -c, "import time; time.sleep(3600)"]
        environment: {{AT: "${{cache.host}} ${{cache.port}}", CLIENT: {json.dumps(CLIENT)}}}
"""
DECLINED = {"request": {"urlPath": "/charges"}, "response": {"status": 402, "bodyFileName": "declined.json"}}
STUBS = {
    "mappings": [
        {"name": "charge", "request": {"urlPath": "/charges"}, "response": {"jsonBody": {"id": "ch_1"}}},
        {"name": "quick", "request": {"urlPath": "/quick"}, "response": {"body": "quick"}},
    ]
}
PROGRAM = """
import sys, time, localenv
from localenv.environment.locating import locate
found = localenv.look(localenv.Request(target=locate(None)))
found.stub("payments", {"request": {}, "response": {"body": "of a program"}})
print("laid", flush=True)
time.sleep(60)
"""
NESTED = """
import localenv
from localenv.environment.locating import locate
found = localenv.look(localenv.Request(target=locate(None)))

def active():
    return sorted(f"{one.scenario} {one.subject}: {one.title}" for one in found.overrides() if one.scenario)

with found.scenario("slow"):
    slow = active()
    with found.scenario("declined"):
        assert {one.partition(" ")[0] for one in active()} == {"declined"}
    assert active() == slow == ["slow cache: pause", "slow payments: slow=200ms"], active()
    with found.scenario("declined"):
        found.clear("payments")
    assert not [one for one in active() if one.startswith("slow")], active()
assert active() == [], active()
"""
REALS = """
import sys, urllib.request, localenv
from localenv.environment.locating import locate
found = localenv.look(localenv.Request(target=locate(None)))

def answers():
    request = urllib.request.Request(found.url("payments") + "/charges", data=b"{}", method="POST")
    return urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request).read().decode()

first, second = sys.argv[1:]
with found.real("payments", url=first):
    with found.real("payments", url=second):
        assert answers() == "second", answers()
    assert answers() == "first", answers()
    try:
        found.real("payments", url="ftp://x")
    except localenv.LocalenvError:
        assert answers() == "first", answers()
    with found.real("payments", url=second):
        found.real("payments", url=first)  # as another terminal would
    assert answers() == "first", answers()
assert answers() == "first", answers()
found.clear("payments")
assert answers() == '{"id":"ch_1"}', answers()
"""

Ask = Callable[..., httpx.Response]


@pytest.fixture(scope="module")
def shop(shared_world: Any) -> World:
    files = {
        "stubs/payments/mappings/a.json": json.dumps(STUBS),
        "stubs/declined/mappings/a.json": json.dumps(DECLINED),
        "stubs/declined/__files/declined.json": '{"error": "declined"}',
    }
    world: World = shared_world(files, app=False)
    world.describe(DESCRIPTION)
    world.up()
    return world


@pytest.fixture
def url(shop: World) -> str:
    """The upstream's address, without overrides."""
    shop.run("clear")
    return str(shop.url("payments"))


@pytest.fixture
def ask(url: str) -> Ask:
    def asked(path: str = "/charges", **more: Any) -> httpx.Response:
        return httpx.get(url + path, trust_env=False, **more)

    return asked


def overrides(shop: World) -> list[dict[str, Any]]:
    return list(shop.run("status", "--json").document.get("overrides", []))


def test_an_override_of_limited_time_ends_with_no_command_running(shop: World, ask: Ask) -> None:
    shop.run("stub", "payments", "--body", "for long", "--for", "10m")
    [one] = overrides(shop)
    assert ask().text == "for long"
    assert one["until"] == pytest.approx(one["time"] + 600)
    assert ", until " in shop.run("status").out
    shop.run("clear")
    shop.run("stub", "payments", "--body", "for a while", "--for", "2s")
    until(lambda: ask().text != "for a while", "the end of a stub", 60)
    until(lambda: overrides(shop) == [], "the end of its record", 60)


def test_clear_removes_exactly_what_is_named(shop: World, ask: Ask) -> None:
    first = shop.run("stub", "payments", "/charges", "--body", "first").out.split()[0]
    shop.run("stub", "payments", "/quick", "--body", "second")
    other = shop.run("stub", "inventory", "--body", "other").out.split()[0]

    assert "unknown override, upstream or need 'nobody'" in shop.run("clear", "nobody", code=2).err
    assert len(overrides(shop)) == 3
    assert first in shop.run("clear", first).out
    assert (ask().json(), ask("/quick").text) == ({"id": "ch_1"}, "second")
    shop.run("clear", "payments")
    assert [one["id"] for one in overrides(shop)] == [other]
    assert ask("/quick").text == "quick"


def test_overrides_of_a_program_end_with_it(shop: World, ask: Ask) -> None:
    shop.write({"program.py": PROGRAM})
    running = shop.start_program(sys.executable, "program.py")
    running.wait_for("laid")
    assert ask().text == "of a program"
    assert f"by program (pid {running.pid})" in shop.run("status").out
    shop.run("fault", "payments", "slow=10ms")
    assert ask().text == "of a program"
    running.end(signal.SIGKILL)
    until(lambda: ask().text == '{"id":"ch_1"}', "the end of a stub, and of its copy in a failure", 60)
    assert [one["title"] for one in overrides(shop)] == ["slow=10ms"]


def test_overrides_of_a_program_of_a_command_end_with_that_command(shop: World, ask: Ask) -> None:
    line = f"{sys.executable} -m localenv stub payments --body within"
    inside = shop.run("run", "--", "sh", "-c", f"{line} && curl -s $LOCALENV_PAYMENTS_URL/charges").out
    assert inside.endswith("within")
    until(lambda: ask().text != "within", "the end of a stub", 60)


def test_it_survives_a_stub_server_that_starts_anew_and_a_second_up(shop: World, ask: Ask) -> None:
    for body in ("below", "kept"):
        shop.run("stub", "payments", "/charges", "--body", body)
    below, kept = overrides(shop)
    shop.run("stub", "payments", "/quick", "--body", "brief", "--for", "100ms")
    until(lambda: ask("/quick").text == "quick", "the end of a stub", 60)
    shop.end("localenv.stubs", signal.SIGKILL)
    until(lambda: shop.status()["state"] == "failed", "a dead server", 60)
    shop.up()
    shop.up()

    assert (ask().text, ask("/quick").text) == ("kept", "quick")
    assert [one["id"] for one in overrides(shop)] == [below["id"], kept["id"]]
    shop.run("clear", kept["id"])
    assert ask().text == "below"


def test_each_kind_of_failure_as_its_clients_see_it(shop: World, ask: Ask, url: str) -> None:
    def fails(*words: str) -> None:
        shop.run("clear")
        shop.run("fault", "payments", *words)

    fails("status=503")
    assert (ask().status_code, requests.get(url + "/charges", timeout=60).status_code) == (503, 503)
    fails("malformed")
    for answer in (ask(), requests.get(url + "/charges", timeout=60)):
        assert answer.status_code == 200
        with pytest.raises(ValueError, match="Unterminated string"):
            answer.json()
    for kind in ("truncated", "empty", "reset", "garbage"):
        fails(kind)
        with pytest.raises(httpx.TransportError, match="complete message body" if kind == "truncated" else None):
            ask()
        for headers in ({}, {"Connection": "close"}):
            with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
                requests.get(url + "/charges", headers=headers, timeout=60)
    fails("hang")
    with pytest.raises(httpx.ReadTimeout):
        ask(timeout=0.3)
    with pytest.raises(requests.ReadTimeout):
        requests.get(url + "/charges", timeout=0.3)
    fails("slow=400ms")
    began = time.monotonic()
    assert ask().json() == requests.get(url + "/charges", timeout=60).json() == {"id": "ch_1"}
    assert time.monotonic() - began >= 0.8
    fails("drip=600ms")
    began = time.monotonic()
    with httpx.stream("GET", url + "/charges", trust_env=False, timeout=60) as dripping:
        parts = list(dripping.iter_raw())
    assert (len(parts) > 1, json.loads(b"".join(parts))) == (True, {"id": "ch_1"})
    assert time.monotonic() - began >= 0.5
    fails("degraded")
    began = time.monotonic()
    assert ask().status_code == 503
    assert time.monotonic() - began >= 0.3


def test_failures_of_some_requests(shop: World, ask: Ask) -> None:
    def statuses(count: int, path: str = "/charges") -> list[int]:
        return [ask(path).status_code for _ in range(count)]

    shop.run("fault", "payments", "status=500", "--times", "2", "--after", "1", "--path", "/charges")
    assert statuses(5) == [200, 500, 500, 200, 200]
    assert statuses(1, "/quick") == [200]
    shop.run("clear")
    shop.run("fault", "payments", "flaky=30%", "--method", "GET")
    found = statuses(20)
    assert found.count(503) == 6
    shop.run("clear")
    shop.run("fault", "payments", "flaky=30%")
    assert statuses(20) == found
    shop.run("clear")
    shop.run("fault", "payments", "rate-limit=3/m")
    limited = [ask() for _ in range(5)]
    assert [one.status_code for one in limited] == [200, 200, 200, 429, 429]
    assert 1 <= int(limited[-1].headers["Retry-After"]) <= 60
    shop.run("clear")
    shop.run("fault", "payments", "rate-limit=1/s")
    until(lambda: ask().status_code == 429, "a full window", 60)
    until(lambda: ask().status_code == 200, "another window", 60)
    shop.run("reset", "payments")
    twice = {"status": 202, "jsonBody": {"at": "{{request.headers.Host}}"}, "transformers": ["response-template"]}
    shop.write({"twice.json": json.dumps({"request": {"urlPath": "/charges"}, "response": twice})})
    shop.run("stub", "payments", "--mapping", "twice.json", "--times", "2")
    shop.run("fault", "payments", "status=503", "--after", "1", "--times", "1")
    found_twice = [ask() for _ in range(4)]
    assert [one.status_code for one in found_twice] == [202, 503, 202, 200]
    assert found_twice[0].json() == {"at": found_twice[0].request.headers["Host"]}
    assert shop.status()["services"]["payments"]["requests"] == 4
    assert shop.run("requests", "payments").out.count("GET /charges → ") == 4
    shop.run("reset", "inventory")
    shop.run("fault", "inventory", "status=503", "--after", "1", "--times", "1")
    unknown = shop.url("inventory") + "/unknown"
    assert [httpx.get(unknown, trust_env=False).status_code for _ in range(3)] == [404, 503, 404]
    lost = shop.run("requests", "inventory").out
    assert (lost.count("404 (no stub matched)"), lost.count("→ 503"), "nearest" in lost) == (2, 1, False)


def test_a_failure_goes_by_the_stubs_there_are(shop: World, ask: Ask) -> None:
    shop.run("fault", "payments", "slow=300ms")
    laid = shop.run("stub", "payments", "/charges", "--body", "on top").out.split()[0]
    answer = ask()
    assert answer.text == "on top"
    assert answer.elapsed.total_seconds() >= 0.3
    shop.run("clear", laid)
    assert ask().json() == {"id": "ch_1"}
    shop.write({"stubs/payments/mappings/a.json": json.dumps(STUBS).replace("ch_1", "ch_2")})
    shop.up()
    answer = ask()
    assert answer.json() == {"id": "ch_2"}
    assert answer.elapsed.total_seconds() >= 0.3
    shop.write({"stubs/payments/mappings/a.json": json.dumps(STUBS)})
    shop.up()
    shop.run("clear")
    until(lambda: ask().elapsed.total_seconds() < 0.3, "an answer without delay", 60)


def test_failures_are_listed_and_end(shop: World, ask: Ask) -> None:
    shop.run("fault", "payments", "status=503", "--for", "10m", "--path", "/charges")
    shop.run("fault", "inventory", "empty")
    shop.run("stub", "payments", "/quick", "--body", "stays")
    assert "payments: /charges status=503 (added at" in shop.run("fault", "--list").out
    assert ask().status_code == 503
    shop.run("fault", "payments", "--clear")
    shop.run("fault", "payments", "status=503", "--for", "1s", "--path", "/charges")
    until(lambda: ask().status_code == 200, "the end of a failure", 60)
    shop.run("fault", "inventory", "--clear")
    until(lambda: shop.run("fault", "--list").out == "", "the end of its record", 60)
    assert shop.run("fault", "--list").err == "no failures\n"
    assert ask("/quick").text == "stays"


def test_a_need_fails_and_works_again(shop: World, ask: Ask, engine: str) -> None:
    assert ask().status_code == 200
    shop.run("fault", "cache", "full")
    assert "OOM" in shop.run("connect", "cache", "--", "set", "a", "b", code=None).text
    shop.run("fault", "cache", "--clear")
    shop.run("fault", "cache", "full", "--for", "1s")
    until(lambda: "OK" in shop.run("connect", "cache", "--", "set", "a", "b", code=None).text, "a need", 60)
    shop.run("fault", "cache", "pause")
    assert shop.status()["services"]["cache"]["state"] == "paused"
    shop.run("fault", "--clear")
    assert shop.status()["services"]["cache"]["state"] == "running"
    shop.run("fault", "cache", "stop")
    shop.up()
    assert overrides(shop) == []


def test_a_need_is_late_or_refuses(shop: World, ask: Ask, engine: str) -> None:
    """As its clients in the environment see it; its data stays."""

    def asked() -> float | None:
        """Seconds until the need has answered; None if it refuses."""
        ran = shop.run("exec", "web", "--", "sh", "-c", 'python -c "$CLIENT" $AT', code=None)
        return float(ran.out) if not ran.code else None

    shop.run("connect", "cache", "--", "set", "a", "kept")
    assert asked() is not None
    shop.run("fault", "cache", "latency=700ms")
    assert (asked() or 0) >= 0.7
    shop.up()
    assert (asked() or 0) >= 0.7
    shop.run("fault", "cache", "refuse")
    assert asked() is None
    assert [one["title"] for one in overrides(shop)] == ["latency=700ms", "refuse"]
    shop.run("clear")
    assert asked() is not None
    assert "kept" in shop.run("connect", "cache", "--", "get", "a").text
    assert shop.run("fault", "cache", "disconnect").out.endswith("cache: disconnect (done)\n")
    assert "not a duration" in shop.run("fault", "cache", "latency=soon", code=2).err
    assert overrides(shop) == []


def test_a_mistake_is_refused_with_nothing_changed(shop: World, ask: Ask) -> None:
    assert ask().status_code == 200
    messages = {
        ("payments", "flaky=130%"): "not a percentage",
        ("payments", "explode"): "available: status=503, malformed",
        ("payments",): "missing how 'payments' fails",
        ("nobody", "empty"): "available: payments, inventory, flags, cache",
        ("payments", "empty", "--path", "charges"): "begins with /",
        ("payments", "empty", "--times", "0"): "times is a number from 1",
        ("payments", "empty", "--method", "PSOT"): "unknown method 'PSOT'",
        ("cache", "explode"): "unknown failure 'explode' of a need",
        ("nobody", "--clear"): "unknown upstream or need 'nobody'",
    }
    for words, message in messages.items():
        assert message in shop.run("fault", *words, code=2).err
    assert overrides(shop) == []


@pytest.fixture
def evaluate(shop: World, url: str) -> Callable[..., Any]:
    """Evaluate a flag over OFREP, through the stub server."""
    address = shop.url("flags")

    def evaluated(flag: str, **context: Any) -> Any:
        answer = httpx.post(f"{address}/ofrep/v1/evaluate/flags/{flag}", json={"context": context}, trust_env=False)
        return answer.json().get("value", answer.status_code)

    return evaluated


def test_flags_are_evaluated_set_and_counted(shop: World, evaluate: Callable[..., Any]) -> None:
    assert (evaluate("new_checkout"), evaluate("nobody")) == (False, 404)
    assert (evaluate("discount", plan="pro"), evaluate("discount", plan="free")) == (2.5, 0.0)
    shop.run("flags", "set", "new_checkout=true", "--when", "email=*@acme.example")
    assert (evaluate("new_checkout", email="a@acme.example"), evaluate("new_checkout", email="a@x.example")) == (
        True,
        False,
    )
    shop.run("flags", "set", "new_checkout=on", "discount=some")
    assert (evaluate("new_checkout"), evaluate("discount")) == (True, 2.5)
    assert "flags: new_checkout=on (added at" in shop.run("status").out
    shop.run("flags", "unset", "discount")
    assert evaluate("discount") == 0.0
    shop.run("flags", "reset")
    assert shop.run("flags", "reset").err == "no changed flags\n"
    assert evaluate("new_checkout") is False
    listed = {one["name"]: one for one in shop.run("flags", "--json").document}
    assert listed["discount"]["evaluations"] == {"some": 2, "none": 2}
    assert listed["discount"]["rules"] == ["plan=pro → some"]
    assert "plan=pro → some" in shop.run("flags").out
    assert "POST /ofrep/v1/evaluate/flags/new_checkout" in shop.run("requests", "flags").out
    flags = {
        ("set", "nobody=1"): "unknown flag 'nobody'",
        ("set", "discount=x"): "is of type float",
        ("set",): "missing NAME=VALUE",
        ("unset", "nobody"): "available: new_checkout, discount",
        ("set", "discount=1", "--when", "x"): "is not a condition",
    }
    for words, message in flags.items():
        assert message in shop.run("flags", *words, code=2).err
    assert overrides(shop) == []
    shop.run("flags", "set", "new_checkout=true")
    assert "flag new_checkout=true" in shop.run("reset", "flags").out
    assert (evaluate("new_checkout"), overrides(shop)) == (False, [])


def test_flags_can_fail_and_follow_the_description(shop: World, evaluate: Callable[..., Any]) -> None:
    shop.run("fault", "flags", "status=500")
    assert evaluate("new_checkout") == 500
    shop.run("fault", "flags", "--clear")
    shop.write({"flags.json": json.dumps({"flags": {"promo": PROMO}})})
    shop.describe(DESCRIPTION.replace("new_checkout: false", "file: ../flags.json\n      new_checkout: true"))
    shop.up()
    assert evaluate("new_checkout") is True
    shop.run("flags", "set", "promo=off", "--when", "plan=pro")
    listed = shop.run("flags", "--list").out
    assert json.dumps(PROMO["targeting"]) in listed
    assert 'promo=off where plan="pro"' in listed
    shop.describe(DESCRIPTION)
    shop.up()
    assert evaluate("new_checkout") is False


def test_a_scenario_takes_the_place_of_the_one_before(shop: World, ask: Ask, evaluate: Callable[..., Any]) -> None:
    shop.run("stub", "payments", "/quick", "--body", "mine")
    shop.run("scenario", "declined")
    answer = ask()
    assert (answer.status_code, answer.json()) == (402, {"error": "declined"})
    assert evaluate("new_checkout") is True
    assert httpx.get(shop.url("inventory"), trust_env=False).status_code == 503
    assert "declined (active): a payment that is refused" in shop.run("scenario", "--list").out
    switched = shop.run("scenario", "slow", "--for", "10m").out.splitlines()
    assert [line.split(" ", 2)[2] for line in switched[:3]] == [
        "payments: ANY /charges → 402 (removed)",
        "flags: new_checkout=true (removed)",
        "inventory: status=503 (removed)",
    ]
    assert re.fullmatch(r"\w{6}  payments: slow=200ms \(added, until \d\d:\d\d:\d\d\)", switched[3])
    assert shop.status()["services"]["cache"]["detail"].startswith("overrides: pause (")
    assert ask().json() == {"id": "ch_1"}
    assert evaluate("new_checkout") is False
    shop.run("scenario", "--clear")
    assert [one["title"] for one in overrides(shop)] == ["ANY /quick → 200"]
    assert "available: declined, slow" in shop.run("scenario", "nobody", code=2).err
    assert "available: declined, slow" in shop.run("up", "--detach", "--scenario", "nobody", code=2).err
    shop.up("--scenario", "declined")
    assert ask().status_code == 402


def test_a_scenario_of_a_program_gives_way_to_the_one_before(shop: World, ask: Ask) -> None:
    """Also a need fails again as before; what was cleared by hand does not come back."""
    shop.write({"nested.py": NESTED})
    nested = shop.start_program(sys.executable, "nested.py")
    assert nested.wait() == 0, nested.out
    assert ask().json() == {"id": "ch_1"}
    assert shop.instances()["cache"]


def test_a_real_server_of_a_program_gives_way_to_the_one_before(shop: World, url: str) -> None:
    """Unless somebody else has switched meanwhile, which stays."""
    shop.write({"reals.py": REALS})
    with serving("first") as first, serving("second") as second:
        nested = shop.start_program(sys.executable, "reals.py", first, second)
        assert nested.wait() == 0, nested.out
    assert overrides(shop) == []


@contextmanager
def serving(text: str) -> Iterator[str]:
    """The URL of a server that answers every POST with this text."""

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answering) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture
def real_server() -> Iterator[tuple[str, list[Any]]]:
    """The URL of a server, and the requests to it."""
    asked: list[Any] = []

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            assert not [name for name in self.headers if name.lower().startswith("x-localenv")]
            asked.append((self.path, body, *(self.headers[name] for name in ("Authorization", "Host", "User-Agent"))))
            self.send_response(201)
            self.send_header("X-Real", "yes")
            self.end_headers()
            self.wfile.write(b"real")

        def log_message(self, *_: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answering) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
        server.shutdown()


def test_a_real_server_answers_at_the_same_address(shop: World, url: str, real_server: tuple[str, list[Any]]) -> None:
    def post() -> tuple[int, str]:
        answer = httpx.post(url + "/charges", content=iter([b"{", b"}"]), headers=agent, trust_env=False)
        return answer.status_code, answer.text

    agent = {"User-Agent": "shop/1.2"}
    where, asked = real_server
    headers = "{Authorization: 'Bearer ${env.T0KEN:-}'}"
    real = f"{{stubs: ../stubs/payments, real: {{url: {where}/v2, headers: {headers}}}}}"
    shop.describe(DESCRIPTION.replace("{stubs: ../stubs/payments}", real))
    shop.run("real", "payments", more={"T0KEN": "swordfish"})
    assert post() == (201, "real")
    assert asked == [("/v2/charges", b"{}", "Bearer swordfish", where.removeprefix("http://"), "shop/1.2")]
    several = [("file", b"x"), ("file", b"y")]
    assert httpx.post(url + "/files", files=several, trust_env=False).text == "real"
    assert shop.status()["services"]["payments"]["answered_by"] == "real"
    assert f"payments: real {where}/v2 (added at" in shop.run("status").out
    assert "POST /charges → 201" in shop.run("requests", "payments").out
    shop.run("fault", "payments", "status=503", "--times", "1")
    assert [post()[0] for _ in range(2)] == [503, 201]
    kept = [file.read_text(errors="replace") for file in shop.state.rglob("*") if file.is_file()]
    assert not any("swordfish" in text for text in kept)
    assert "the stubs answer again" in shop.run("stub", "payments").out
    assert post()[1] == '{"id":"ch_1"}'
    assert "no added stubs" in shop.run("stub", "payments", "--list").err
    assert "no upstream is switched to its real server" in shop.run("real", "--list").err
    assert "real server" in shop.run("real", "inventory", code=2).err
    assert "is not the URL" in shop.run("real", "inventory", "ftp://x", code=2).err
    shop.describe(DESCRIPTION)
    shop.run("real", "payments", where)
    assert post() == (201, "real")
    assert f"stub real {where}" in shop.run("reset", "payments").out
    assert (post()[0], overrides(shop)) == (200, [])
    assert not own_programs.is_running(shop.identity, own_programs.real("payments"))
    shop.run("real", "payments", where, "--for", "1s")
    until(lambda: post()[0] == 200, "the stubs", 60)
    own = Path(shop.variables["XDG_CONFIG_HOME"], "localenv/config.yaml")
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_text(f"allow: {{{shop.folder}: {{real: [payments]}}}}\n")
    shop.describe(DESCRIPTION.replace("{stubs: ../stubs/payments}", real))
    shop.up()
    own.unlink()
    assert post() == (201, "real")
    assert re.search(r"payments: real \S+ \(added at \S+ by settings\)", shop.run("status").out)
    shop.run("clear")
    shop.describe(DESCRIPTION)
    shop.up()


INVENTORY = """
import http.server, json, os

class Answering(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({"id": 1, "where": os.environ.get("WHERE")}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

http.server.HTTPServer((os.environ["AT"], int(os.environ["PORT"])), Answering).serve_forever()
"""
PROGRAM_OF = (
    f"{{image: python:3.13-slim, port: 8080, command: [python, -c, {json.dumps(INVENTORY)}],"
    ' environment: {AT: "${bind}", '
)


def test_a_real_server_is_started_when_it_is_asked_for(shop: World, url: str) -> None:
    """As a program beside the services, and as another environment; both end, and the stubs are compared."""
    program = f'{PROGRAM_OF}WHERE: "beside ${{payments.host}}"}}}}'
    shop.describe(DESCRIPTION.replace("inventory: {}", f"inventory: {{stubs: ../stubs/inventory, real: {program}}}"))
    stub = {"name": "old", "request": {"urlPath": "/items"}, "response": {"jsonBody": {"id": "1", "where": ""}}}
    once = {"scenarioName": "steps", "requiredScenarioState": "Started", "newScenarioState": "asked"}
    step = {**once, "request": {"urlPath": "/steps"}, "response": {"jsonBody": {"id": 1, "where": ""}}}
    shop.write({f"stubs/inventory/mappings/{n}.json": json.dumps(one) for n, one in {"a": stub, "b": step}.items()})
    shop.up()
    at, steps = (shop.url("inventory") + path for path in ("/items", "/steps"))

    def answer() -> Any:
        return httpx.get(at, trust_env=False, timeout=60).json()

    assert answer()["id"] == "1"
    shop.run("real", "inventory", "--observe")
    assert httpx.get(steps, trust_env=False, timeout=60).is_success
    assert answer()["where"].startswith("beside")
    until(
        lambda: "GET /items (stub “old (inventory/mappings/a.json)”): $.id is a number" in shop.run("real").out,
        "a comparison",
        60,
    )
    requests = shop.run("requests", "inventory").out
    assert "GET /items → 200 (stub “real" in requests
    assert "/items → 404" not in requests
    assert "/steps → 404" not in requests
    shop.up()
    assert answer()["where"].startswith("beside")
    shop.run("stub", "inventory")
    assert answer()["id"] == "1"
    assert httpx.get(steps, trust_env=False, timeout=60).is_success  # the comparison has left the scenario as it was
    assert "localenv.real.inventory" not in shop.instances()

    other = f'name: other\nservices: {{inventory: {PROGRAM_OF}WHERE: "another"}}}}}}\n'
    shop.describe(other, "other")
    shop.describe(DESCRIPTION.replace("inventory: {}", "inventory: {stubs: ../stubs/inventory, real: {env: other}}"))
    shop.run("real", "inventory")
    assert answer()["where"] == "another"
    assert shop.run("status", "other", "--json").document["state"] == "ready"
    shop.run("clear")
    assert answer()["id"] == "1"
    assert "is not running" in shop.run("logs", "other", code=2).err

    late = "{image: python:3.13-slim, port: 8080, command: [python, -c, 'import time; time.sleep(600)']}"
    shop.describe(DESCRIPTION.replace("inventory: {}", f"inventory: {{stubs: ../stubs/inventory, real: {late}}}"))
    child = shop.start("real", "inventory")
    until(lambda: "localenv.real.inventory" in shop.instances(), "its real server starts", 60)
    child.kill()
    until(lambda: "localenv.real.inventory" not in shop.instances(), "nothing is left of it", 60)
    until(lambda: not keeping.read(shop.identity), "nor its record", 60)
    assert answer()["id"] == "1"
    shop.describe(DESCRIPTION)
    shop.up()


def test_slow_answers_do_not_keep_others_waiting(shop: World, url: str) -> None:
    shop.run("fault", "payments", "slow=4s", "--path", "/charges")
    limits = httpx.Limits(max_connections=None)
    with (
        httpx.Client(trust_env=False, base_url=url, limits=limits, timeout=30) as client,
        ThreadPoolExecutor(100) as pool,
    ):
        waiting = [pool.submit(client.get, "/charges") for _ in range(100)]
        time.sleep(0.3)
        for _ in range(3):
            assert client.get("/quick").text == "quick"
        assert not any(one.done() for one in waiting)
        assert {one.result().status_code for one in waiting} == {200}
