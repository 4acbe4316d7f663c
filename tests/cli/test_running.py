"""The commands that inspect, use and remove running environments."""

import json
import subprocess

import pytest

from localenv.environment.finding import listing
from tests.world.waiting import until

pytestmark = pytest.mark.docker

SMALL = """
    services:
      web:
        image: python:3.13-slim
        command: python -m http.server 8000
        port: 8000
        environment: {GREETING: it's, NEXT: "${self.published_url}/next"}
    needs:
      cache: redis
"""


@pytest.fixture
def world(repository, call):
    """A repository with a service and a need; everything it starts is removed."""
    folder = repository({"envs/local.yaml": SMALL})
    yield folder
    for record in listing():
        if record.folder == str(folder):
            assert call("down", record.identity).code == 0


def failed(status):
    """The printed status, once it is that of a failed environment."""
    document = json.loads(status)
    return document if document["state"] == "failed" else None


def test_a_dry_run_prints_the_steps_and_starts_nothing(world, call):
    output = call("up", "--dry-run")

    assert (output.code, output.out) == (
        0,
        "pull cache, web (new)\nstart cache (new)\nstart web (new) after cache\nsnapshot cache (new) after web\n",
    )
    assert json.loads(call("status", "--json").out)["state"] == "stopped"
    steps = json.loads(call("up", "--dry-run", "--json").out)
    assert steps[2] == {
        "action": "start",
        "subject": "cache",
        "reason": "new",
        "title": "",
        "waits_for": ["pull cache"],
    }
    assert {f"{one['action']} {one['subject']}": one["waits_for"] for one in steps} == {
        "pull cache": [],
        "pull web": [],
        "start cache": ["pull cache"],
        "await cache": ["start cache"],
        "prepare cache": ["await cache"],
        "start web": ["pull web", "await cache", "prepare cache"],
        "await web": ["start web"],
        "snapshot cache": ["await cache", "prepare cache", "await web"],
    }


def test_a_program_runs_against_an_environment_that_is_gone_afterwards(world, call):
    output = call("up", "--json", "--", "sh", "-c", 'echo "$LOCALENV_WEB_URL"; exit 7')
    events = [json.loads(line) for line in output.err.splitlines()]

    assert output.code == 7
    assert output.out.startswith("http://127.0.0.1:")
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert ("", "ready", "done") in [(event["subject"], event["phase"], event["state"]) for event in events]
    assert (events[-1]["phase"], events[-1]["state"]) == ("remove", "done")
    assert call("status", "--json").out.count('"stopped"') == 3


def test_what_is_up_can_be_looked_at_used_and_removed(world, call, monkeypatch):
    up = call("up", "--detach")
    assert up.code == 0
    identity = up.out.split()[0]
    status = json.loads(call("status", "--json").out)
    [web] = [one for one in status["services"] if one["name"] == "web"]

    assert (status["environment"], status["state"]) == (identity, "ready")
    assert f"  web    {web['url']}" in up.out
    assert call("open", "web", "--print").out == f"{web['url']}\n"
    assert call("open", "cache", "--print").err.endswith("hint: localenv connect cache\n")
    assert json.loads(call("env", "web", "--json").out)["NEXT"] == f"{web['url']}/next"
    assert read_by_a_shell(call("env", "web").out, "GREETING") == "it's"
    assert call("env", "webb").code == 2
    assert call("logs", "webb").err.startswith("error: unknown service 'webb'\nhint: available: ")
    lines = [json.loads(line) for line in call("logs", "cache", "--json").out.splitlines()]
    assert {line["service"] for line in lines} == {"cache"}

    cache = next(one for one in status["services"] if one["name"] == "cache")
    ran = call("run", "--as", "web", "--", "sh", "-c", 'echo "$GREETING $LOCALENV_CACHE_PORT"; exit 3')
    assert (ran.code, ran.out) == (3, f"it's {cache['port']}\n")
    assert call("exec", "cache", "--", "redis-cli", "ping").out == "PONG\n"
    monkeypatch.setattr("shutil.which", lambda name: None)
    assert call("connect", "cache", "--", "ping").out == "PONG\n"
    assert call("run", "--", "no-such-program").code == 127

    subprocess.run(["docker", "kill", f"{identity}-web-1"], check=True, capture_output=True)
    dead = until(lambda: failed(call("status", "--json").out), "failed")  # Docker's list may be a moment behind
    [web] = [one for one in dead["services"] if one["name"] == "web"]
    assert (dead["state"], dead["detail"]) == ("failed", "web exited (exit code 137)")
    assert (web["state"], web["detail"]) == ("exited", "exit code 137")

    assert identity in {one["environment"] for one in json.loads(call("ls", "--json").out)}
    assert call("down").out == f"removed {identity}\n"
    assert call("down").out == f"{identity} is not running; nothing to remove\n"
    assert call("down", identity).code == 0
    assert call("logs").err == f"error: {identity} is not running\nhint: start it: localenv up local\n"
    assert call("logs", "--name", "two").err.endswith("hint: start it: localenv up local --name two\n")


def read_by_a_shell(dotenv, name):
    """The value of a variable in a shell that has read these lines."""
    script = f'{dotenv}\nprintf %s "${name}"'
    return subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout
