"""`up` in the foreground and `up -- CMD`: however they end, everything is removed."""

import json
import signal
import sys

import httpx
import pytest

ALONE = """
    name: shop
    services:
      api: {build: ../app, command: python app.py, port: 8000, environment: {BIND: "${bind}"}}
"""
DESCRIPTION = f"""{ALONE.rstrip()}
    upstreams:
      payments: {{stubs: ../stubs/payments}}
"""
PRICE = "stubs/payments/mappings/price.json"


def stub(text):
    return json.dumps({"request": {"urlPath": "/price"}, "response": {"status": 200, "body": text}})


@pytest.fixture
def shop(shop):
    shop.write({PRICE: stub("100")})
    shop.describe(DESCRIPTION)
    return shop


def test_cmd_runs_with_the_variables_of_the_environment_and_its_exit_code_is_that_of_up(shop):
    program = (
        "import os, sys, urllib.request as r;"
        "print(r.urlopen(os.environ['LOCALENV_API_URL'] + '/health').read().decode());"
        "print(r.urlopen(os.environ['LOCALENV_PAYMENTS_URL'] + '/price').read().decode());"
        "print(sorted(name for name in os.environ if name.startswith('LOCALENV_')));"
        "sys.exit(42)"
    )

    done = shop.run("up", "--", sys.executable, "-c", program, code=42)

    health, price, names = done.out.splitlines()
    assert health == '"health"'
    assert price == "100"
    assert {"LOCALENV_API_HOST", "LOCALENV_API_PORT", "LOCALENV_API_URL", "LOCALENV_ENVIRONMENT"} <= set(eval(names))
    assert "removed" in done.err
    assert not shop.left()


def test_an_environment_outlasts_the_reader_of_its_output(shop):
    shop.describe(ALONE)
    running = shop.start_program("sh", "-c", '"$0" -m localenv up | head -n 1', sys.executable)
    running.wait_for("following the logs")

    assert shop.get("/health") == "health"
    running.wait_for("standard output: broken pipe")

    assert shop.get("/health") == "health"
    assert shop.status()["state"] == "ready"
    shop.run("down")
    assert running.wait() == 0


def test_a_failure_of_localenv_itself_is_told_apart_from_one_of_cmd(shop):
    shop.describe(ALONE.replace('BIND: "${bind}"', "MODE: end, CODE: 3"))

    done = shop.run("up", "--", sys.executable, "-c", "print('never')", code=125)

    assert done.out == ""
    assert "api exited with code 3" in done.err
    assert not shop.left()


def test_a_cmd_that_is_not_there_ends_as_in_a_shell(shop):
    shop.describe(ALONE)

    assert "no-such-program" in shop.run("up", "--", "no-such-program", code=127).err
    assert not shop.left()


def test_the_foreground_shows_summary_and_logs_reloads_saved_stubs_and_removes_everything_on_ctrl_c(shop):
    running = shop.start_on_terminal("up")
    running.wait_for("following the logs")
    assert f"api       {shop.url('api')}" in running.text
    price = f"{shop.url('payments')}/price"

    httpx.get(f"{shop.url('api')}/health?seen")
    running.wait_for("GET /health?seen")
    shop.run("restart", "api")
    httpx.get(f"{shop.url('api')}/health?again")
    running.wait_for("GET /health?again")

    shop.write({PRICE: stub("250")})
    running.wait_for("payments: stubs reloaded")
    assert httpx.get(price).text == "250"

    shop.write({PRICE: '{"request": {"urlPath": "/price"}, "respond": {}}'})
    running.wait_for("payments: not reloaded, the old stubs stay active")
    assert "price.json" in running.text
    assert httpx.get(price).text == "250"

    shop.write({PRICE: stub("300")})
    running.wait_for("stubs reloaded", times=2)
    assert httpx.get(price).text == "300"

    httpx.get(f"{shop.url('payments')}/nothing")
    running.wait_for("GET /nothing matched no stub")

    assert running.end(signal.SIGINT) == 130
    assert not shop.left()


@pytest.mark.full  # as in tests/safety/test_interrupts
def test_the_foreground_removes_everything_on_sigterm(shop):
    shop.describe(ALONE)
    running = shop.start_on_terminal("up")
    running.wait_for("following the logs")

    assert running.end(signal.SIGTERM) == 130
    assert not shop.left()


def test_an_interrupt_while_it_starts_removes_what_was_started(shop):
    shop.describe(DESCRIPTION.replace('BIND: "${bind}"', "MODE: wait"))
    running = shop.start_on_terminal("up", "--json")
    running.wait_for('"subject": "api", "phase": "start", "state": "working"')
    assert shop.things()

    assert running.end(signal.SIGINT) == 130
    output = [json.loads(line) for line in running.text.splitlines() if line.startswith("{")]
    story = [(event["subject"], event["phase"], event["state"]) for event in output if event["phase"] != "log"]
    assert story[-3:] == [("", "ready", "failed"), ("", "remove", "working"), ("", "remove", "done")]
    assert "interrupted" in running.text.splitlines()[-1]
    assert not shop.left()


def test_an_interrupt_while_an_image_is_built_removes_what_was_started(world):
    one = world({"app/Dockerfile": "FROM python:3.13-slim\nRUN echo building for long && sleep 20\n"})
    one.describe(ALONE)
    running = one.start_on_terminal("up")
    running.wait_for("api: building")

    assert running.end(signal.SIGINT) == 130
    assert not one.left()


@pytest.mark.full  # as in tests/safety/test_interrupts
@pytest.mark.parametrize("moment", ["api: building", "api: starting", "following the logs"])
def test_a_kill_that_nobody_can_answer_leaves_nothing_either(shop, until, moment):
    running = shop.start_on_terminal("up")
    running.wait_for(moment)

    running.end(signal.SIGKILL)

    assert until(lambda: not shop.left(), "end of everything", 40, lambda: str(shop.left()))


def test_an_interrupt_of_a_change_leaves_the_environment_that_was_there_before(shop):
    shop.up()
    before = shop.instances()
    shop.describe(DESCRIPTION.replace('BIND: "${bind}"', "MODE: wait"))
    running = shop.start_on_terminal("up", "--detach")
    running.wait_for("api: starting")

    assert running.end(signal.SIGINT) == 130
    assert "still up, partly updated" in running.text
    assert shop.instances()["localenv.stubs"] == before["localenv.stubs"]

    shop.describe(DESCRIPTION)
    shop.up()
    assert shop.get("/health") == "health"


@pytest.mark.full  # as in tests/safety/test_owners
def test_down_from_elsewhere_ends_the_foreground(shop):
    shop.describe(ALONE)
    running = shop.start_on_terminal("up")
    running.wait_for("following the logs")

    shop.run("down")

    running.wait(60)
    assert not shop.left()
