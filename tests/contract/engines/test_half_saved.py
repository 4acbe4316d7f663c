"""A mistake in a description or a stub does not block commands on a running environment: they use what was applied."""

import json
import re
import shutil
import socket

import pytest

SHOP = """
    name: NAME
    services:
      api:
        build: ../app
        command: python app.py
        port: 8000
        environment:
          BIND: "${bind}"
          MODE: serve
          TOKEN: "${env.TOKEN}"
          PAYMENTS: "${payments.url}"
    needs:
      cache: redis
    upstreams:
      payments: {stubs: ../stubs/payments}
"""
STUB = '{"request": {"method": "GET", "urlPath": "/charge"}, "response": {"status": 200}}'


@pytest.fixture(scope="module")
def running(shared_world):
    world = shared_world({"stubs/payments/mappings/charge.json": STUB})
    world.describe(SHOP)
    world.up(more={"TOKEN": "t0ken-of-the-shell"})
    return world


@pytest.fixture(
    params=[
        "key",
        *(pytest.param(one, marks=pytest.mark.full) for one in ("yaml", "stub", "file")),
        "fragment",
        "deleted",
    ]
)
def broken(running, request):
    """The same with an incomplete file; returns the warning about it."""
    stub = "stubs/payments/mappings/charge.json"
    match request.param:
        case "key":
            running.describe(SHOP.replace("port:", "prot:"))
        case "yaml":
            running.describe(SHOP.replace("command: python app.py", "command: [python"))
        case "stub":
            running.write({stub: STUB[:-20]})
        case "file":
            running.describe(SHOP.replace("../stubs/payments", "../stubs/paymens"))
        case "fragment":
            running.write({"envs/templates/service.yaml.j2": "{% if x %"})
        case "deleted":
            (running.folder / "envs/local.yaml").unlink()
    yield running
    shutil.rmtree(running.folder / "envs/templates", ignore_errors=True)
    running.describe(SHOP)
    running.write({stub: STUB})


COMMANDS = (
    ("status",),
    ("logs", "api"),
    ("requests",),
    ("env", "api"),
    ("open", "--print", "api"),
    ("reset",),
    ("run", "--", "env"),
    ("exec", "api", "--", "python", "-c", "print(1)"),
    ("connect", "cache", "--", "ping"),
)


def addresses(running):
    pairs = (line.split("=", 1) for line in running.run("run", "--", "env").out.splitlines() if "=" in line)
    return {name: value for name, value in pairs if re.fullmatch("LOCALENV_.*_(URL|HOST|PORT)", name)}


def test_every_command_for_what_runs_goes_on_with_one_line_of_warning(broken):
    for words in COMMANDS:
        done = broken.run(*words)

        warnings = [line for line in done.err.splitlines() if line.startswith("warning: ")]
        assert len(warnings) == 1, done.text
        assert warnings[0].endswith("; using what the last up applied")


def test_it_shows_what_was_applied_with_the_variables_of_then(broken):
    status = broken.status()

    assert status["state"] == "ready"
    assert {name: one["state"] for name, one in status["services"].items()} == {
        "api": "running",
        "cache": "running",
        "payments": "running",
    }
    assert "TOKEN=t0ken-of-the-shell\n" in broken.run("env", "api").out


def test_up_names_the_mistake_and_changes_nothing(broken):
    before = broken.instances()

    done = broken.up(code=2, more={"TOKEN": "t0ken-of-the-shell"})

    assert "error: " in done.err
    assert broken.instances() == before


def test_what_runs_keeps_its_addresses_until_the_next_up(running):
    before = addresses(running)
    with socket.create_server(("127.0.0.1", 0)) as other:
        publish = f"port: 9000\n        publish: {other.getsockname()[1]}\n        ports: {{metrics: 9001}}"
        running.describe(
            SHOP.replace("port: 8000", publish).replace("cache: redis", "cache: {redis: 7, password: new}")
        )

        after = addresses(running)

    running.describe(SHOP)
    assert before.items() <= after.items()
    assert "LOCALENV_API_METRICS_URL" in after


def test_one_whose_description_has_another_name_since_is_still_meant(running):
    running.describe(SHOP.replace("NAME", f"{running.name}-2"))

    done = running.run("requests")
    running.describe(SHOP)

    assert "now describes" in done.err
    assert done.err.count("warning: ") == 1


def test_what_is_kept_of_it_holds_nothing_secret(running):
    kept = (running.state / "stack.json").read_text()

    assert json.loads(kept)["version"] == 1
    assert "t0ken-of-the-shell" not in kept
    for password in json.loads((running.state / "passwords.json").read_text()).values():
        assert password not in kept


def test_one_that_never_ran_is_not_looked_at(world):
    one = world({"envs/other.yaml": "name: other\nservices:\n  api: {image: x, prot: 1}\n"})

    done = one.run("status", "other", code=2)

    assert "1 mistake in the description" in done.err
