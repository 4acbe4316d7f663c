"""Several environments with one `up`: they start side by side, and end together."""

import signal

DESCRIPTION = """
    name: NAME-{env}
    services:
      api: {{build: ../app, command: python3 app.py, port: 8000, environment: {{BIND: "${{bind}}", {more}}}}}
"""


def described(shop, env, more="MODE: serve"):
    shop.describe(DESCRIPTION.format(env=env, more=more), env)


def test_one_that_fails_stops_no_other_that_is_detached(shop):
    described(shop, "one")
    described(shop, "bad", 'MODE: end, CODE: "3"')

    output = shop.up("one", "bad", code=5)

    assert "bad: error: api exited with code 3" in output.err
    assert f"{shop.name}-one-one" in output.out
    assert [shop.status(env)["state"] for env in ("one", "bad")] == ["ready", "stopped"]
    shop.run("down", "one")


def test_in_the_foreground_they_end_together(shop):
    described(shop, "one")
    described(shop, "two", "MODE: late")
    running = shop.start("up", "one", "two")
    running.wait_for("following the logs of one, two")

    assert [shop.status(env)["state"] for env in ("one", "two")] == ["ready", "ready"]
    running.end(signal.SIGINT)

    assert [shop.status(env)["state"] for env in ("one", "two")] == ["stopped", "stopped"]


def test_an_interrupt_while_they_start_removes_all(shop):
    described(shop, "one")
    described(shop, "two", "MODE: wait")
    running = shop.start("up", "one", "two")
    running.wait_for("one: api: ready")

    assert running.end(signal.SIGTERM) == 130

    assert [shop.status(env)["state"] for env in ("one", "two")] == ["stopped", "stopped"]
