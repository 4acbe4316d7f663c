"""Containers of services that start later: created while their dependencies start, and started through Docker's API."""

import json
import subprocess

import pytest
from docker.errors import APIError

from localenv.engines.compose import making
from tests.world.waiting import until
from tests.world.world import World

pytestmark = pytest.mark.docker

DESCRIBED = """
name: NAME
services:
  api:
    image: python:3.13-slim
    command: COMMAND
    port: 8000
    environment: {DB: "${db.url}"}
needs: {db: {postgres: 17}}
"""


def condition(identity: str, name: str) -> str:
    """The state of a service's container; empty if there is none."""
    argv = ["docker", "container", "inspect", "--format", "{{.State.Status}}", f"{identity}-{name}-1"]
    return subprocess.run(argv, capture_output=True, text=True).stdout.strip()


def test_it_is_there_before_it_may_start(world: World) -> None:
    world.describe(DESCRIBED.replace("COMMAND", "python3 -m http.server ${port}"))
    child = world.start("up", "--detach", "--json")
    seen: list[str] = []

    def is_made() -> bool:
        seen.append(condition(world.identity, "api"))
        return seen[-1] == "created"

    until(is_made, "the container of api: ", 60, lambda: str(seen))
    assert not [one for one in map(json.loads, child.out.splitlines()) if one["subject"] == "api"]
    assert child.wait(90) == 0, child.text
    assert condition(world.identity, "api") == "running"


def test_one_that_cannot_start_is_named_when_it_is_its_turn(world: World) -> None:
    described = DESCRIBED.replace("db.url", "cache.url").replace("db: {postgres: 17}", "cache: redis")
    world.describe(described.replace("COMMAND", "/no/such/program"))

    failed = world.run("up", "--detach", code=5)

    assert "api cannot be started" in failed.err
    assert "/no/such/program" in failed.err
    assert "cache: ready" in failed.err
    assert not world.left()


def test_a_reason_that_is_said_is_not_repeated_below() -> None:
    error = making.not_started("api", APIError("", explanation="unable to find user node"))

    assert (error.message, error.log) == ("api cannot be started: unable to find user node", ())
