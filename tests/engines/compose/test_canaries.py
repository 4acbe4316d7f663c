"""Thirty planted secrets do not occur in anything that localenv shows or writes, except where required."""

import json
import os
import subprocess
from pathlib import Path
from secrets import token_hex

import pytest

from localenv import paths, redaction
from localenv.cli import bugs
from localenv.host import files
from tests.world.waiting import until
from tests.world.world import World

pytestmark = pytest.mark.docker

PRIVATE = {".env", "passwords.json", "generated.json", "variables.json", "stack.json"}  # files of 0600 with secrets
DESCRIBED = """
name: NAME
services:
  api:
    build:
      context: ..
      args: {INDEX_TOKEN: C01, INDEX_URL: "https://me:C02@registry.example/simple", PIP_KEY: "${env.PIP_KEY}"}
    command: python app.py
    environment:
      API_TOKEN: C04
      JWT_SECRET: C05
      DB_PASSWORD: C06
      SIGNING_KEY: "C07"
      AWS_CREDENTIAL: C08
      AUTH_HEADER: "Bearer C09"
      OTHER_DATABASE: postgresql://shop:C10@example.com/shop
      BROKER: "amqp://me:C11@${cache.host}:5672"
      SENTRY: "https://C12@sentry.example/1?auth_token=C13"
      MIXED_SECRET: "C14-${env.PART}"
      STRIPE: "${env.STRIPE_TOKEN}"
      PLAIN: "${env.SOMETHING}"
      DEFAULTED: "${env.NOT_SET_TOKEN:-C18}"
      CACHE: "${cache.url}"
      MULTI_KEY: "C19\\nC20"
      JWT: "${jwt.path}"
      TOLD: "${told.path}"
      FROM: "${from.path}"
      MORE: "${more.path}"
    env_file: ../.env.local
needs:
  cache: redis
  db: {postgres: 17, password: C21}
secrets:
  jwt: {content: "C22"}
  told: {content: "first C23\\nsecond-C24\\n"}
  from: {environment: FROM_HERE}
  more: {file: ../secret.txt}
jobs:
  check: {command: python job.py, service: api, environment: {JOB_TOKEN: C27, JOB_URL: "http://x:C28@y/"}}
smoke:
  - {request: "GET http://127.0.0.1:1/?api_token=C29", headers: {Authorization: "Bearer ${env.SMOKE_TOKEN}"}}
"""
JOB = """
import os, sys
print("in the job:", {key: text for key, text in os.environ.items() if "TOKEN" in key or "URL" in key})
for file in ("jwt", "told", "from", "more"):
    print(open(f"/run/secrets/{file}").read())
sys.exit(int(sys.argv[1]) if sys.argv[1:] else 3)
"""
APP = "import time\nprint('up', flush=True)\ntime.sleep(600)\n"
VARIABLES = {
    "PIP_KEY": "C03", "PART": "C15", "STRIPE_TOKEN": "C16", "SOMETHING": "C17", "FROM_HERE": "C25", "SMOKE_TOKEN": "C30"
}  # fmt: skip


@pytest.fixture
def canaries() -> dict[str, str]:
    return {f"C{number:02}": f"canary{number:02}x{token_hex(8)}" for number in range(1, 31)}


@pytest.fixture
def planted(world: World, canaries: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> World:
    def with_canaries(text: str) -> str:
        for name, canary in canaries.items():
            text = text.replace(name, canary)
        return text

    (world.folder / "Dockerfile").write_text("FROM python:3.13-slim\nWORKDIR /app\nCOPY *.py .\n")
    (world.folder / "job.py").write_text(JOB)
    (world.folder / "app.py").write_text(APP)
    (world.folder / ".env.local").write_text(f"FILE_TOKEN={canaries['C26']}\n")
    (world.folder / "secret.txt").write_text(with_canaries("C26-in-a-file\n"))
    for name, text in VARIABLES.items():
        monkeypatch.setenv(name, with_canaries(text))
    world.describe(with_canaries(DESCRIBED))
    return world


def found(text: str, canaries: dict[str, str]) -> list[str]:
    return [name for name, canary in canaries.items() if canary in text]


def arguments_of_processes() -> str:
    """The output of `ps`, which every user of this machine can see."""
    return subprocess.run(["ps", "-eo", "args", "-ww"], capture_output=True, text=True, check=True).stdout


def written(world: World) -> dict[Path, str]:
    """Every file localenv wrote for an environment."""
    states = Path(os.environ["XDG_STATE_HOME"]) / "localenv"
    folders = [world.folder / ".localenv", states]
    files = [file for folder in folders for file in folder.rglob("*") if file.is_file()]
    return {file: file.read_text(errors="replace") for file in files}


def test_the_plan_and_the_rendered_file_hold_none(planted: World, canaries: dict[str, str]) -> None:
    plan, rendered = planted.run("plan").out, planted.run("render").out
    ejected = planted.folder / "ejected"
    planted.run("render", str(ejected))

    assert not found(plan, canaries)
    assert not found(rendered, canaries)
    assert not found((ejected / "compose.yaml").read_text(), canaries)
    assert "C04" in found(planted.run("plan", "--secrets").out, canaries)


def test_what_is_told_and_written_holds_none_and_programs_get_their_values_whole(
    planted: World, canaries: dict[str, str]
) -> None:
    _told_of_a_failed_job(planted, canaries)
    _written_for_its_user_alone(planted)
    _told_of_a_failed_smoke_check(planted, canaries)
    _whole_in_a_program(planted, canaries)


def _told_of_a_failed_job(planted: World, canaries: dict[str, str]) -> None:
    child = planted.start("up", "--detach", "--json", "--keep-on-failure")
    seen = ""
    while child.code is None:
        seen += arguments_of_processes()

    assert child.code == 6, child.text
    assert "in the job:" in child.err
    assert not found(child.text, canaries)
    assert not found(seen, canaries)
    for command in ("status", "ls", "plan"):
        output = planted.run(command, *(["--json"] if command != "plan" else []))
        assert not found(output.out + output.err, canaries), command
    for file, text in written(planted).items():
        assert file.name in PRIVATE or not found(text, canaries), file
    for one in planted.client.api.containers(all=True, filters={"label": "dev.localenv.environment"}):
        assert not found(json.dumps(one["Labels"]), canaries)


def _told_of_a_failed_smoke_check(planted: World, canaries: dict[str, str]) -> None:
    text = (planted.folder / "envs/local.yaml").read_text().replace("python job.py", "python job.py 0")
    planted.describe(text)

    failed = planted.run("up", "--detach", "--keep-on-failure", code=5)

    assert "smoke check failed" in failed.err
    assert not found(failed.out + failed.err, canaries)


def _written_for_its_user_alone(planted: World) -> None:
    modes = {file: file.stat().st_mode & 0o077 for file in written(planted)}
    folders = {file.parent: file.parent.stat().st_mode & 0o077 for file in modes}

    open_to_others = [str(one) for one, mode in {**modes, **folders}.items() if mode]
    assert not open_to_others


def _whole_in_a_program(planted: World, canaries: dict[str, str]) -> None:
    text = (planted.folder / "envs/local.yaml").read_text()
    planted.describe(text[: text.index("smoke:")])
    planted.run("up", "--detach")
    until(lambda: "up" in planted.run("logs", "api").out, "the service runs")

    inside = planted.run("exec", "api", "--", "env").out

    expected = {
        "API_TOKEN": canaries["C04"],
        "AUTH_HEADER": f"Bearer {canaries['C09']}",
        "BROKER": f"amqp://me:{canaries['C11']}@cache:5672",
        "MIXED_SECRET": f"{canaries['C14']}-{canaries['C15']}",
        "STRIPE": canaries["C16"],
        "FILE_TOKEN": canaries["C26"],
    }
    variables = dict(line.split("=", 1) for line in inside.splitlines() if "=" in line)
    assert {name: variables[name] for name in expected} == expected
    assert f"MULTI_KEY={canaries['C19']}\n{canaries['C20']}\n" in inside


LOGINS = """
name: NAME
needs:
  cache: {redis: 8, password: "${env.CACHE_PASSWORD}"}
  db: postgres
upstreams:
  payments: {}
"""


def test_no_password_stands_on_a_command_line(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CACHE_PASSWORD", f"cache-{token_hex(8)}")
    world.describe(LOGINS)
    world.run("up", "--detach")
    known = files.read_json(paths.passwords(world.identity))

    seen = arguments_of_processes()

    assert {"db", "localenv.stubs"} <= known.keys()
    assert not [name for name, password in known.items() if password in seen]
    assert os.environ["CACHE_PASSWORD"] not in seen


def test_a_bug_report_holds_none(canaries: dict[str, str]) -> None:
    redaction.learn(canaries.values())

    shown = bugs.as_error(ValueError(f"cannot be: {canaries['C01']!r} and {' '.join(canaries.values())}"), ["up"])

    (file,) = (Path(os.environ["XDG_STATE_HOME"]) / "localenv/.reports").iterdir()
    assert not found(file.read_text(), canaries)
    assert not found(redaction.redacted(str(shown)), canaries)
    assert file.stat().st_mode & 0o077 == 0
