"""A stub server starts with the classes that another container has prepared."""

import json

import pytest

from tests.world.world import World

pytestmark = pytest.mark.docker

STACK = """
name: NAME
services:
  api: {image: "python:3.13-slim", command: python -m http.server 8000, port: 8000, environment: {PAY: "${pay.url}"}}
upstreams:
  pay: {stubs: stubs/pay}
"""


def test_java_reads_them_from_the_archive_that_was_put_there(world: World) -> None:
    world.describe(STACK)
    world.write({"envs/stubs/pay/mappings/a.json": '{"request": {"url": "/a"}, "response": {"status": 200}}'})
    world.up()

    container = world.client.containers.get(f"{world.identity}-localenv.stubs-1")
    maps = container.exec_run(["sh", "-c", "cat /proc/[0-9]*/maps"], user="root").output.decode()
    assert "/tmp/localenv.jsa" in maps
    entries = json.loads(world.run("cache", "--json").out)
    assert "the classes of wiremock/wiremock" in " ".join(one["about"] for one in entries if one["kind"] == "prepared")
