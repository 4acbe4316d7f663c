"""A job runs like `docker compose run`: with its service's mounts, in its folder, as its user."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.world.world import World

pytestmark = pytest.mark.docker

DESCRIBED = """
name: NAME
services:
  api:
    image: python:3.13-slim
    command: python -m http.server ${port} --directory /kept
    port: 8000
    compose:
      user: "1234"
      working_dir: /code
      tmpfs: /scratch
      volumes:
        - ../code:/code:ro
        - {type: bind, source: ../settings, target: /settings, read_only: true}
        - {type: tmpfs, target: /small, tmpfs: {size: 1m, mode: 0777}}
        - kept:/kept
        - {type: volume, source: other, target: /other}
        - /nameless
needs:
  cache: redis
jobs:
  note: {command: python note.py, service: api}
"""
NOTE = """
import os, pathlib, sys
mounted = {line.split()[4]: line.split()[5].split(",") for line in open("/proc/self/mountinfo")}
read_only = [name for name in ("/code", "/settings") if "ro" in mounted[name]]
writable = [name for name in ("/small", "/kept", "/other", "/nameless", "/scratch") if "rw" in mounted[name]]
printed = [os.getcwd(), str(os.getuid()), open("/settings/colour").read(), *read_only, *writable]
pathlib.Path("/small/note").write_text(" ".join(printed))
print(*printed)
"""
TOLD = "/code 1234 red /code /settings /small /kept /other /nameless /scratch"


@pytest.fixture
def described(world: World) -> World:
    for name, content in {"code/note.py": NOTE, "settings/colour": "red"}.items():
        (world.folder / name).parent.mkdir()
        (world.folder / name).write_text(content)
    world.describe(DESCRIBED)
    return world


def test_it_has_what_its_service_mounts_and_nothing_of_that_stays(described: World) -> None:
    output = described.run("up", "--detach", "--json").out

    assert TOLD in output
    volumes = described.client.volumes.list(filters={"name": described.identity})
    assert sorted(one.name for one in volumes) == [f"{described.identity}_{name}" for name in ("kept", "other")]
    assert {one.attrs["Labels"]["dev.localenv.environment"] for one in volumes} == {described.identity}
    described.run("down")
    assert not described.left()


def test_where_there_is_no_need_the_network_is_made_for_it_and_its_service_starts_after_it(world: World) -> None:
    service = "{image: python:3.13-slim, command: python -m http.server 8000, port: 8000}"
    job = "{command: cat /etc/resolv.conf, service: api}"  # names Docker's DNS server on the environment's network
    world.describe(f"name: NAME\nservices:\n  api: {service}\njobs:\n  look: {job}\n")

    output = [json.loads(line) for line in world.run("up", "--detach", "--json").out.splitlines()]

    assert any(one["subject"] == "look" and "127.0.0.11" in one["detail"] for one in output)
    done = [(one["subject"], one["phase"]) for one in output if one["state"] == "done" or one["phase"] == "start"]
    assert done.index(("look", "job")) < done.index(("api", "start"))
    assert world.run("status", "--json").out.count('"running"') == 1


def test_it_has_them_in_a_folder_that_runs_without_localenv(described: World, tmp_path: Path) -> None:
    folder = tmp_path / "ejected"
    described.run("render", str(folder))
    try:
        ran = compose(folder, "run", "--rm", "note")

        assert TOLD in ran.stdout, ran.stderr
    finally:
        compose(folder, "down", "--volumes")
    assert not compose(folder, "ps", "--all", "--quiet").stdout


def compose(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    argv = ["docker", "compose", "--project-name", f"{folder.parent.name}-ejected".replace("_", "-"), *arguments]
    return subprocess.run(argv, cwd=folder, capture_output=True, text=True, timeout=120)


IN_AN_IMAGE = """
name: NAME
services:
  api: {image: IMAGE, port: 8000}
needs:
  cache: {redis: 8, migrate: [{command: [nothere, "a b"], service: api}]}
"""


def test_a_program_that_the_image_does_not_have_is_a_job_that_failed(world: World) -> None:
    world.describe(IN_AN_IMAGE.replace("IMAGE", "python:3.13-slim"))

    ended = world.run("up", "--detach", code=6)

    assert "cache.migrate: its command is not in the image" in ended.err
    assert "(nothere 'a b')" in ended.err
    assert not world.left()


@pytest.mark.parametrize("image", ["localhost:1/nobody/gave:1", "${env.NOT_SET:-No Image:1}"])
def test_an_image_in_which_a_job_runs_is_had_before_the_job_and_named_where_it_cannot_be(
    world: World, image: str
) -> None:
    world.describe(IN_AN_IMAGE.replace("IMAGE", f'"{image}"'))

    ended = world.run("up", "--detach", code=5)

    assert "\nerror: api: cannot pull image " in ended.err
    assert not world.left()


def test_a_job_has_what_the_raw_keys_of_its_service_give_it(world: World) -> None:
    world.describe("""
        name: shop
        services:
          api:
            image: python:3.13-slim
            command: sleep 600
            compose:
              {extra_hosts: ["old.example=10.9.8.7"], dns_search: corp.example, shm_size: 32m, init: true,
              ulimits: {nofile: {soft: 2000, hard: 3000}, core: 0}, sysctls: [net.core.somaxconn=777], hostname: mine,
              oom_score_adj: 300, deploy: {resources: {limits: {memory: 300m, cpus: "0.5"}}}}
        jobs:
          look:
            command: >-
              sh -c 'grep -q "10.9.8.7.*old.example" /etc/hosts && grep -q corp.example /etc/resolv.conf &&
              df -k /dev/shm | grep -q 32768 && [ "$$(ulimit -Sn) $$(ulimit -Hn) $$(ulimit -c)" = "2000 3000 0" ] &&
              [ "$$(cat /proc/sys/net/core/somaxconn /proc/self/oom_score_adj | xargs)" = "777 300" ] &&
              [ "$$(hostname)" = mine ] && cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes
              | grep -q 314572800'
            service: api
    """)

    output = world.run("up", "--detach")

    assert "look: done" in output.err
    world.run("down")
    assert not world.left()
