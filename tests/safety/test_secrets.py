"""Forty planted secrets, and generated ones, do not occur in anything that is shown or written."""

import json
import os
from pathlib import Path
from secrets import token_hex

import httpx
import pytest

from localenv import paths
from localenv.host import files
from tests.world import engines
from tests.world.waiting import until
from tests.world.world import Make, World

ENGINES = engines.each(compose=pytest.mark.full)  # as in tests/engines/compose/test_canaries
PRIVATE = {
    ".env",
    "passwords.json",
    "generated.json",
    "variables.json",
    "arguments",
    "redis.conf",
    "stack.json",
    "compose.yaml",
}
PRIVATE_FOLDERS = {"files", "logs"}  # of secrets, and of what programs print, as they print it; all is 0600
DESCRIBED = """
name: NAME
services:
  api:
    image: python:3.13-slim
    command: [python3, -u, -c, "PROGRAM", --token, S01, "--api-key=S02", "--password=${env.UNSET:-S03}"]
    port: 8000
    environment:
      API_TOKEN: S04
      JWT_SECRET: S05
      DB_PASSWORD: S06
      SIGNING_KEY: S07
      AWS_CREDENTIAL: S08
      AUTH_HEADER: "Bearer S09"
      OTHER_DATABASE: postgresql://shop:S10@example.com/shop
      BROKER: "amqp://me:S11@${cache.host}:5672"
      SENTRY: "https://S12@sentry.example/1?auth_token=S13"
      MIXED_SECRET: "S14-${env.PART}"
      STRIPE: "${env.STRIPE_TOKEN}"
      PLAIN: "${env.SOMETHING}"
      DEFAULTED: "${env.NOT_SET_TOKEN:-S15}"
      DEFAULTED_TOO: "${env.NOT_SET:-S16}"
      DEFAULTED_URL: "${env.NOT_SET:-https://me:S17@example.com/}"
      CACHE: "${cache.url}"
      PAY: "${pay.url}"
      MULTI_KEY: "S18\\nS19"
      JWT: "${jwt.path}"
    env_file: ../.env.local
    native: {command: [python3, -u, -c, "PROGRAM", --token, S01, "--api-key=S02", "--password=${env.UNSET:-S03}"]}
needs:
  cache: redis
  other: {redis: 8, password: S20}
upstreams:
  pay: {stubs: ../stubs, unmatched: warn}
secrets:
  jwt: {content: S21}
jobs:
  check:
    command: [python3, -c, "import os; print(sorted(os.environ.items()))", --token, S22]
    service: api
    environment: {JOB_TOKEN: S23, JOB_URL: "http://x:S24@y/"}
"""
PROGRAM = (
    "import http.server, os; print(sorted(os.environ.items()), flush=True); "
    "http.server.HTTPServer(('', int(os.environ['PORT'])), http.server.SimpleHTTPRequestHandler).serve_forever()"
)
VARIABLES = {"PART": "S25", "STRIPE_TOKEN": "S26", "SOMETHING": "S27"}
MAPPING = {
    "request": {"url": "/paid", "headers": {"X-Api-Key": {"equalTo": "S28"}}, "method": "POST"},
    "response": {"status": 200, "jsonBody": {"access_token": "S29"}},
}
HEADERS = {"Authorization": "Bearer S30", "Cookie": "sid=S31", "X-Api-Key": "S32", "X-Auth-Token": "S33"}
BODIES = ['{"api_key": "S34", "card": {"secret": "S35"}}', "client_secret=S36&x=1"]
PATH = "/pay?api_key=S37&session_token=S38"
OVERRIDING = (
    ["stub", "pay", "POST", "/paid", "-H", "X-Auth-Token: S33", "--json-body", '{"access_token": "S29"}'],
    ["stub", "pay"], ["stub", "--json"], ["requests", "--json"],
    ["explain", "pay", "POST", "/paid"], ["explain", "pay", "POST", "/paid", "--json"],
    ["fault", "pay", "status=503"], ["fault", "--json"], ["status", "--json"], ["ls", "--json"],
    ["check", "--traffic"], ["check", "--traffic", "--json"], ["check", "--unused"], ["check", "--json"],
    ["clear"], ["doctor"], ["reset", "pay"], ["plan", "--json"], ["cache"],
    ["record", "pay", "--from", "http://me:S36@127.0.0.1:9/", "--", "true"],
    ["real", "pay", "http://me:S36@127.0.0.1:9/?api_key=S37"], ["real"], ["status"], ["ls"],
    ["explain", "pay", "POST", PATH],
    ["stub", "pay"],
)  # fmt: skip
ENV_FILE = "FILE_TOKEN=S39\nFILE_SETTING=S40\n"


@pytest.fixture
def canaries() -> dict[str, str]:
    return {f"S{number:02}": f"Canary{number:02}x{token_hex(8)}" for number in range(1, 41)}


def planted(text: str, canaries: dict[str, str]) -> str:
    for name, canary in canaries.items():
        text = text.replace(name, canary)
    return text


def send(one: World, canaries: dict[str, str]) -> None:
    """Send unmatched requests, and one that a stub matches."""
    url = one.url("pay")
    planted_headers = {name: planted(text, canaries) for name, text in HEADERS.items()}
    for number, body in enumerate(BODIES):
        kind = ("application/json", "application/x-www-form-urlencoded")[number]
        headers = {**planted_headers, "Content-Type": kind}
        httpx.post(url + planted(PATH, canaries), headers=headers, content=planted(body, canaries))
    httpx.post(f"{url}/paid", headers={"X-Api-Key": canaries["S28"]}, content=planted(BODIES[0], canaries))


def written(one: World) -> dict[Path, str]:
    folders = (one.folder / ".localenv", paths.state(one.identity, make=False))
    found = [file for folder in folders for file in folder.rglob("*") if file.is_file()]
    return {file: file.read_text(errors="replace") for file in found}


def is_private(file: Path) -> bool:
    return (file.name in PRIVATE or file.parent.name in PRIVATE_FOLDERS) and not file.stat().st_mode & 0o077


ARTIFACTS = """
import sys
from pathlib import Path
from localenv import Request
from localenv.environment.lifecycle import attach
from localenv.environment.locating import locate
from localenv.pytest_plugin.artifacts import note_environment
note_environment(attach(Request(target=locate("local"))), Path(sys.argv[1]))
"""


SUITE = """
import os

def test_sends(localenv_test):
    client, pay = localenv_test.client("pay"), localenv_test.upstream("pay")
    headers = {name[2:].replace("_", "-"): text for name, text in os.environ.items() if name.startswith("H_")}
    for number, kind in enumerate(("json", "x-www-form-urlencoded")):
        sent = {**headers, "Content-Type": f"application/{kind}"}
        client.post(os.environ["PATH_SENT"], headers=sent, content=os.environ[f"BODY_{number}"])
    pay.post("/pay", json={"api_key": "another"}).assert_called(times=1)
"""


def suite(one: World, canaries: dict[str, str], artifacts: Path) -> str:
    """A test that sends secrets and fails, with artifacts; returns what pytest prints, and its report for JUnit."""
    one.write({"tests/test_pay.py": SUITE, "tests/pytest.ini": "[pytest]\n"})
    more = {f"H_{name.replace('-', '_')}": planted(text, canaries) for name, text in HEADERS.items()}
    more |= {f"BODY_{number}": planted(text, canaries) for number, text in enumerate(BODIES)}
    more |= {"PATH_SENT": planted(PATH, canaries), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    junit = artifacts / "junit.xml"
    options = (f"--localenv-attach={one.identity}", f"--localenv-artifacts={artifacts}", f"--junitxml={junit}")
    argv = (one.program[0], "-m", "pytest", "-p", "localenv.pytest_plugin", "-p", "no:cacheprovider", *options)
    child = one.start_program(*argv, "-c", "tests/pytest.ini", "tests", more=more)
    assert child.wait(60) == 1, child.text
    assert "test_sends" in child.text
    return child.text


@pytest.mark.parametrize("engine", ENGINES)
def test_no_sink_shows_a_secret(world: Make, engine: str, canaries: dict[str, str], tmp_path: Path) -> None:
    one = world(engine)
    one.own |= {name: planted(text, canaries) for name, text in VARIABLES.items()}
    one.write({
        "stubs/mappings/a.json": planted(json.dumps(MAPPING), canaries), ".env.local": planted(ENV_FILE, canaries)
    })  # fmt: skip
    one.describe(planted(DESCRIBED.replace("PROGRAM", PROGRAM), canaries))
    output: dict[str, str] = {"plan": one.run("plan").text, "render": one.run("render").text}
    output["up"] = one.run("up", "--detach", "--json").text
    made = files.read_json(paths.passwords(one.identity))
    send(one, canaries)
    until(lambda: "SimpleHTTP" in one.run("logs", "api").out or "API_TOKEN" in one.run("logs", "api").out, "its output")
    for words in (
        "logs", "logs --json", "logs localenv.stubs", "logs pay", "requests", "requests --json", "status",
        "status --json", "ls --json", "up --dry-run", "up --dry-run --json", "up --detach --json", "plan",
        "stub", "stub --json", "fault", "flags", "check",
    ):  # fmt: skip
        output[words] = one.run(*words.split(), code=None).text
    sent = [word for name, text in HEADERS.items() for word in ("-H", f"{name}: {text}")]
    for number, words in enumerate(
        (*OVERRIDING, *(["explain", "pay", "POST", PATH, *sent, "--body", one] for one in BODIES))
    ):
        output[f"{number} {words[0]}"] = one.run(*(planted(word, canaries) for word in words), code=None).text
    artifacts = tmp_path / "artifacts"
    done = one.start_program(os.fspath(Path(one.program[0])), "-c", ARTIFACTS, str(artifacts))
    assert done.wait(60) == 0, done.text
    output["pytest"] = suite(one, canaries, artifacts)
    kept = {str(file.relative_to(artifacts)): file.read_text() for file in artifacts.rglob("*") if file.is_file()}
    assert any(name.endswith("journals/localenv.stubs.json") for name in kept)
    assert any(name.endswith("logs/localenv.stubs.log") for name in kept)
    assert any(name.endswith(".json") and "/tests/" in name for name in kept)
    state = {str(file): text for file, text in written(one).items() if not is_private(file)}
    output["render"] = (
        output["render"].replace(canaries["S01"], "").replace(canaries["S02"], "")
    )  # commands, as written

    secrets = canaries | {f"password of {name}": text for name, text in made.items()}
    hits = {
        where: [name for name, secret in secrets.items() if secret in text]
        for where, text in (output | kept | state).items()
    }
    shown = [line for line in output["pytest"].splitlines() if any(secret in line for secret in secrets.values())]
    assert not {where: names for where, names in hits.items() if names}, shown
