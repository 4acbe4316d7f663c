"""A stub server starts with the classes, and a database with the data, that another container has prepared."""

import json
import sys
import tarfile
from pathlib import Path

import pytest

from tests.world.world import World

pytestmark = pytest.mark.docker

STACK = """
name: NAME
services:
  api: {image: "python:3.13-slim", command: python -m http.server 8000, port: 8000, environment: {PAY: "${pay.url}"}}
upstreams:
  pay: {stubs: stubs/pay}
needs:
  db: {postgres: 17, user: prepared, database: prepared}
"""
PREPARE = """
import localenv
from localenv.engines.compose.prepared import initial, program
from localenv.environment.locating import locate

found = localenv.look(localenv.Request(target=locate(None)))
made = initial.of(found.engine.daemon, found.deployment, "db")
about = {"address": found.engine.daemon.address, "name": f"{found.identity}-prepare-db", "labels": {}}
program.prepare({**made.asked, **about})
print(made.archive)
"""


def test_both_are_read_from_what_was_put_into_the_new_container(world: World) -> None:
    world.describe(STACK)
    world.write({"envs/stubs/pay/mappings/a.json": '{"request": {"url": "/a"}, "response": {"status": 200}}'})
    world.up()

    container = world.client.containers.get(f"{world.identity}-localenv.stubs-1")
    maps = container.exec_run(["sh", "-c", "cat /proc/[0-9]*/maps"], user="root").output.decode()
    assert "/tmp/localenv.jsa" in maps

    preparing = world.start_program(sys.executable, "-c", PREPARE)
    assert preparing.wait() == 0
    archive = Path(preparing.out.strip())
    with tarfile.open(archive) as opened:
        member = next(one for one in opened if one.name.endswith("/global/pg_control"))
        control = opened.extractfile(member)
        assert control is not None
        copied = int.from_bytes(control.read(8), "little")
    world.up("--fresh")
    asked = world.run("connect", "db", "--", "-At", "-c", "SELECT system_identifier FROM pg_control_system()")
    assert asked.out == f"{copied}\n"
    container = world.client.containers.get(f"{world.identity}-db-1")
    assert container.exec_run(["sh", "-c", "cd /usr/local/sbin; ls -d * /var/lib/*.tar"]).output.count(b"No such") == 2

    entries = json.loads(world.run("cache", "--json").out)
    prepared = " ".join(one["about"] for one in entries if one["kind"] == "prepared")
    assert "the classes of wiremock/wiremock" in prepared
    assert "the empty data of postgres:17, user prepared, database prepared" in prepared
