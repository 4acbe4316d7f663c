"""A Docker engine that disappears, stalls, restarts or fails: reported at once, and nothing is left."""

import os
import socket
import time
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests.world.proxy import Answer, Proxy
from tests.world.world import SMALL, World

pytestmark = pytest.mark.docker

NOTICED = 50.0  # seconds: two of silence, four for the answer to a ping, the rest for a busy machine


def test_a_docker_that_does_not_run_is_named_at_once(world: World, tmp_path: Path) -> None:
    world.host = f"unix://{tmp_path}/nobody.sock"

    failed = world.run("up", "--detach", code=4)

    assert "Docker is not running" in failed.err
    assert "systemctl start docker" in failed.err
    assert failed.seconds < 60


def test_a_docker_without_compose_is_the_engine_that_is_missing(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "bin" / "docker"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho \"docker: 'compose' is not a docker command.\" >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)

    failed = world.run("up", "--detach", code=4)

    assert "the program `docker` has no Compose v2" in failed.err
    assert "docker-compose-plugin" in failed.err
    assert world.is_gone()


def test_a_docker_that_stalls_from_the_beginning_is_named(world: World, proxy: Proxy) -> None:
    world.host, proxy.is_stalled = proxy.host, True

    failed = world.run("up", "--detach", code=4)

    assert "does not answer" in failed.err
    assert failed.seconds < NOTICED


@pytest.mark.parametrize(
    "path",
    [
        *(pytest.param(one, marks=pytest.mark.full) for one in ("/containers/json", "/networks/create")),
        *("/images/create", "/containers/create"),
    ],
)
def test_a_docker_that_answers_with_an_error_of_its_own_is_named(world: World, proxy: Proxy, path: str) -> None:
    if path == "/images/create":
        world.describe(SMALL.replace("python:3.13-slim", "nobody/has-this:1"))
    world.host = proxy.host
    failing = [True]
    proxy.rule = lambda one: Answer(status=500, message="out of order") if failing[0] and one.path == path else None

    failed = world.run("up", "--detach", code=None)
    failing[0] = False

    assert failed.code in (4, 5)
    assert "out of order" in failed.err
    assert "a bug in localenv" not in failed.err
    assert world.is_gone()


@pytest.mark.parametrize("at", [pytest.param("/networks/create", marks=pytest.mark.full), "/containers/create"])
def test_a_docker_that_stalls_half_way_is_noticed_and_cleaned_up_after(world: World, proxy: Proxy, at: str) -> None:
    world.host = proxy.host
    stalled: list[float] = []

    def stall(request: Any) -> None:
        if request.path == at and not stalled:
            stalled.append(time.monotonic())
            proxy.is_stalled = True

    proxy.rule = stall  # type: ignore[assignment]

    failed = world.run("up", "--detach", code=4)
    took = time.monotonic() - stalled[0]
    proxy.is_stalled = False

    assert "does not answer" in failed.err
    assert took < 2 * NOTICED  # once for `up`, and once for the removal
    assert world.is_gone()


@pytest.mark.parametrize("at", [pytest.param("/networks/create", marks=pytest.mark.full), "/containers/create"])
def test_a_docker_that_is_started_anew_half_way_is_told_and_cleaned_up_after(
    world: World, proxy: Proxy, at: str
) -> None:
    world.host = proxy.host
    gone: list[float] = []

    def again() -> None:
        proxy.stop()
        time.sleep(1.5)
        proxy.start()

    def restart(request: Any) -> Answer | None:
        if request.path != at or gone:
            return None
        gone.append(time.monotonic())
        Thread(target=again, daemon=True).start()
        return Answer(delay=0.3, cut="after")

    proxy.rule = restart

    failed = world.run("up", "--detach", code=None)

    assert failed.code in (4, 5)
    assert "a bug in localenv" not in failed.err
    assert world.is_gone()


def test_a_registry_that_is_not_there_is_named(world: World) -> None:
    world.describe(SMALL.replace("python:3.13-slim", "127.0.0.1:1/nobody/has-this:1"))

    failed = world.run("up", "--detach", code=5)

    assert "api: cannot pull image 127.0.0.1:1/nobody/has-this:1" in failed.err
    assert "cannot reach the registry" in failed.err
    assert world.is_gone()


def test_a_full_disk_is_named(world: World, proxy: Proxy) -> None:
    world.host = proxy.host
    words = "write /var/lib/docker/containers/x/config.v2.json: no space left on device"
    proxy.rule = lambda one: Answer(status=500, message=words) if one.path == "/containers/create" else None

    failed = world.run("up", "--detach", code=4)

    assert "the disk is full" in failed.err
    assert "docker system df" in failed.err
    assert world.is_gone()


def test_a_port_that_a_program_has_names_the_program(world: World) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        world.describe(SMALL.replace("    port: 8000\n", f"    port: 8000\n    publish: {port}\n"))

        failed = world.run("up", "--detach", code=1)

    assert f"port {port} of this machine is in use by " in failed.err
    assert "(pid " in failed.err
    assert world.is_gone()


def test_a_port_that_a_container_has_names_the_container(world: World) -> None:
    name = f"has-a-port-{world.name}"
    busy = world.client.containers.create("redis:8", name=name, ports={"6379/tcp": ("127.0.0.1", None)})
    try:
        busy.start()
        busy.reload()
        port = busy.ports["6379/tcp"][0]["HostPort"]
        world.describe(SMALL.replace("    port: 8000\n", f"    port: 8000\n    publish: {port}\n"))

        failed = world.run("up", "--detach", code=1)
    finally:
        busy.remove(force=True, v=True)

    assert f"port {port} of this machine is in use by the container {name}" in failed.err
