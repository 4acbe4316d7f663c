"""Services, needs and the stub server are stopped, started and paused while the environment runs."""

import json
import signal

import httpx
import pytest

from localenv import Request, look
from tests.world.waiting import until

DESCRIPTION = """
    name: NAME
    services:
      api:
        image: python:3.13-slim
        command: python3 app.py
        port: 8000
        compose: {working_dir: /app, volumes: ["../app:/app"]}
        native: {working_dir: ../app}
        environment: {CACHE: "${cache.url}"}
    needs: {cache: redis}
    upstreams: {payments: {stubs: ../stubs/payments}}
"""
PLAIN = {"request": {"urlPath": "/charges"}, "response": {"body": "plain"}}


@pytest.fixture(scope="module")
def shop(shared_world):
    world = shared_world({"stubs/payments/mappings/a.json": json.dumps(PLAIN)})
    world.describe(DESCRIPTION)
    world.up()
    return world


def test_a_stopped_service_is_no_failure_and_says_who_stopped_it(shop):
    assert shop.run("stop", "api").out == "api: stopped\n"

    status = shop.status()
    api = status["services"]["api"]
    assert (status["state"], api["state"]) == ("ready", "stopped")
    assert api["detail"].startswith("by localenv stop, ")
    with pytest.raises(httpx.TransportError):
        shop.get("/")
    assert shop.run("stop", "api").out == "api: already stopped\n"
    output = shop.run("wait", "api", code=5).text
    assert "api was stopped by localenv stop" in output
    assert "localenv start api" in output
    inside = shop.run("exec", "api", "--", "true", code=1).err
    assert inside == "error: api is not running: stopped by localenv stop\nhint: start it: localenv start api\n"

    assert shop.run("start", "api").out == "api: started\n"
    assert shop.get("/") == "one"
    shop.run("wait", "--timeout", "20")
    assert shop.status()["services"]["api"]["state"] == "running"


def test_what_is_paused_goes_on(shop):
    assert shop.run("pause", "api", "cache").out == "api: paused\ncache: paused\n"
    status = shop.status()
    assert status["state"] == "ready"
    assert [status["services"][name]["state"] for name in ("api", "cache")] == ["paused", "paused"]
    output = shop.run("wait", "api", code=5).text
    assert "api was paused by localenv pause" in output
    assert "localenv unpause api" in output
    for words in (["exec", "cache", "--", "true"], ["connect", "cache"]):
        inside = shop.run(*words, code=1).err
        assert inside == "error: cache is paused\nhint: continue it: localenv unpause cache\n"
    with pytest.raises(httpx.TimeoutException):
        httpx.get(shop.url("api"), timeout=0.3)

    shop.run("unpause", "cache", "api")

    assert shop.get("/") == "one"
    assert shop.status()["services"]["cache"]["state"] == "running"


def test_a_stub_server_that_starts_again_has_its_stubs_and_overrides(shop):
    url = shop.status()["services"]["payments"]["url"]
    shop.run("stub", "payments", "POST", "/charges", "--status", "402")
    shop.run("stub", "payments", "PUT", "/charges", "--body", "once", "--times", "1")
    laid = shop.run("stub").out

    shop.run("pause", "localenv.stubs")
    paused = shop.status()
    assert (paused["services"]["payments"]["state"], len(paused["overrides"])) == ("paused", 2)
    shop.run("unpause", "localenv.stubs")

    shop.run("stop", "localenv.stubs")
    assert shop.status()["services"]["payments"]["state"] == "stopped"
    shop.run("start", "localenv.stubs")

    def answers():
        return [httpx.request(method, f"{url}/charges").status_code for method in ("GET", "POST")]

    assert answers() == [200, 402]
    assert shop.run("stub").out == laid
    assert [httpx.put(f"{url}/charges").text for _ in range(2)] == ["once", "plain"]

    shop.run("stop", "localenv.stubs", "api")
    shop.up()
    assert answers() == [200, 402]
    assert shop.status()["services"]["api"]["state"] == "running"


def test_a_program_stops_and_starts_them_too(shop, monkeypatch):
    monkeypatch.chdir(shop.folder)
    for name, value in shop.variables.items():
        monkeypatch.setenv(name, value)
    environment = look(Request.of())

    environment.stop("cache", "api")
    stopped = shop.status()["services"]
    environment.restart("cache", "api")

    assert [stopped[name]["detail"].partition(" ")[0] for name in ("api", "cache")] == ["by", "by"]
    assert shop.status()["state"] == "ready"
    assert shop.get("/") == "one"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("stop", "apo"), "unknown service or need 'apo'"),
        (("stop", "payments"), "payments is an upstream, answered by localenv.stubs"),
        (("stop",), "missing argument"),
    ],
)
def test_what_cannot_be_stopped_is_named(shop, words, message):
    assert message in shop.run(*words, code=2).err


def test_status_is_shown_again_whenever_it_changes(shop):
    running = shop.start("status", "--watch", "--json")

    def states():
        documents = [json.loads(line)["services"] for line in running.out.splitlines()]
        return [next(one["state"] for one in document if one["name"] == "api") for document in documents]

    until(lambda: states()[-1:] == ["running"], more=lambda: running.text)
    shop.run("pause", "api")
    until(lambda: states()[-1:] == ["paused"], more=lambda: running.text)
    shop.run("unpause", "api")
    until(lambda: states()[-1:] == ["running"], more=lambda: running.text)

    running.end(signal.SIGINT)
    assert len(states()) < 6


def test_several_environments_are_started_and_removed_by_one_command(shop):
    one = (
        "name: NAME-{0}\nservices: {{api: {{image: python:3.13-slim, command: sleep 60, native: {{working_dir: ..}}}}}}"
    )
    for env in ("first", "second"):
        shop.describe(one.format(env), env=env)

    output = shop.run("up", "first", "second", "--detach").out
    assert output.count("is ready") == 2
    assert [f"{shop.name}-{env}-{env}-" in output for env in ("first", "second")] == [True, True]

    output = shop.run("down", "first", "second").out
    assert output.count("removed ") == 2
    assert "-- CMD runs against one environment" in shop.run("up", "first", "second", "--", "true", code=125).err
