"""Commands about a running environment: which one they select, and their output."""

import json
import re

import pytest

DESCRIPTION = """
    name: NAME
    services:
      api:
        image: python:3.13-slim
        command: python3 -u /srv/app/talks.py
        port: 8000
        healthcheck: {tcp: true}
        environment: {BIND: "${bind}"}
        compose: {volumes: ["../app:/srv/app"]}
        native: {working_dir: .., command: python3 -u app/talks.py}
    needs:
      db: {postgres: 17, seed: ../seeds/*.sql}
"""
PROGRAM = """
    import os, socket

    print("first line")
    print("second LINE is", "x" * 100_000, "end")
    server = socket.create_server((os.environ["BIND"], int(os.environ["PORT"])))
    talking = []
    while True:
        talking.append(server.accept())
"""


@pytest.fixture(scope="module")
def shop(shared_world):
    shop = shared_world(app=False)
    shop.write({"app/talks.py": PROGRAM, "seeds/people.sql": "create table a (b int);", "seeds/z.sql": "select 1;"})
    shop.describe(DESCRIPTION)
    shop.describe(DESCRIPTION, env="demo")
    shop.summary = shop.up("local")
    return shop


def test_a_detached_start_ends_with_the_next_commands_and_labels_the_slowest_path(shop):
    started = shop.summary

    assert started.err.rstrip().endswith("next: localenv status · localenv logs --follow · localenv down")
    assert "slowest path: " in started.out
    assert "db.seed people.sql: done in" in started.err


def test_a_service_of_another_language_has_no_http_url(shop):
    assert shop.url("api").startswith("tcp://127.0.0.1:")
    assert f"  api  {shop.url('api')}" in shop.summary.out


def test_lines_of_any_length_stay_whole(shop):
    lines = shop.run("logs", "api").out.splitlines()

    assert [len(line) for line in lines if "LINE" in line] == [len("api | second LINE is  end") + 100_000]


def test_logs_have_times_and_are_searched(shop):
    found = shop.run("logs", "api", "--grep", "first|nothing", "--timestamps").out

    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d api \| first line\n", found)
    assert "LINE" in shop.run("logs", "--grep", "LINE", "--tail", "1").out
    assert "regular expression" in shop.run("logs", "--grep", "(", code=2).err


@pytest.mark.parametrize(
    "words", [["local"], pytest.param(["-e", "local"], marks=pytest.mark.full), ["--env", "local"]], ids=" ".join
)
def test_every_command_takes_the_environment_in_both_forms(shop, words):
    url = shop.url("api")

    for command in ("status", "notes", "plan", "logs", "requests", "render", "stub"):
        shop.run(command, *words)
    assert shop.run("open", *words, "api", "--print").out.strip() == url
    assert shop.run("env", *words, "api", "--json").document["BIND"]
    assert shop.run("exec", *words, "api", "--", "echo", "hi").out == "hi\n"
    assert "1" in shop.run("connect", *words, "db", "--", "-c", "select 1").out
    assert shop.run("run", *words, "--", "printenv", "LOCALENV_API_URL").out.strip() == url
    assert "orders" not in shop.run("check", *words).out
    shop.run("reset", *words)
    assert "demo" in shop.run("status", "demo").out
    assert "name one" in shop.run("status", "demo", "--env", "local", code=2).err


def test_exec_alone_opens_a_shell(shop):
    assert shop.run("exec", "api", stdin="echo $((6 * 7))\nexit\n").out.strip() == "42"


def test_removal_is_told_once_and_the_ready_event_holds_urls(world):
    shop = world(app=False)
    shop.write({"app/talks.py": PROGRAM, "seeds/people.sql": "create table a (b int);"})
    shop.describe(DESCRIPTION)
    events = [json.loads(line) for line in shop.up("--json").out.splitlines()]
    ready = next(event for event in events if event["phase"] == "ready" and not event["subject"])

    assert ready["urls"]["api"] == shop.url("api")
    assert ready["urls"]["db"].startswith("postgresql://")
    assert ":***@" in ready["urls"]["db"]
    output = shop.run("down").text
    assert output.count("removed") == 1
