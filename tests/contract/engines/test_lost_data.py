"""A need that restarts without its data is not ready: it is reported, and `up` fills it again."""

import signal

import pytest

from tests.world.engines import docker_client

DESCRIPTION = """
    name: shop
    needs:
      cache: {redis: 8, seed: [{command: "redis-cli -h ${cache.host} -p ${cache.port} set colour red", service: cache}]}
      db: {postgres: 17, seed: ../seeds/*.sql}
"""
COLOUR = ("connect", "cache", "--", "get", "colour")


@pytest.fixture(scope="module")
def shop(shared_world):
    """One environment: each test ends with all of its data there."""
    made = shared_world({"seeds/10.sql": "create table colours as select 'red' as colour;"}, app=False)
    made.describe(DESCRIPTION)
    made.up()
    return made


def is_red(shop):
    db = shop.run("connect", "db", "--", "-Atc", "select colour from colours").out
    return (shop.run(*COLOUR).out.strip(), db.strip()) == ("red", "red")


def test_one_that_is_killed_and_held_its_data_in_memory_is_filled_again(shop, until):
    shop.up("--fresh")  # nothing is saved on its disk
    shop.end("cache", signal.SIGKILL)
    until(lambda: shop.status()["services"]["cache"]["state"] == "exited")

    assert "cache was killed: its data is gone" in shop.run("status").out
    assert "replace cache (was killed: its data is gone)" in shop.run("up", "--dry-run").out
    shop.up()

    assert shop.status()["state"] == "ready"
    assert is_red(shop)


def test_one_that_is_stopped_and_started_keeps_its_data(shop, until):
    for name in ("cache", "db"):
        shop.end(name)
        until(lambda name=name: shop.status()["services"][name]["state"] == "exited")

    assert "gone" not in shop.run("status").out
    shop.up()

    assert shop.status()["state"] == "ready"
    assert is_red(shop)


def test_one_that_is_emptied_by_its_clients_has_lost_nothing(shop):
    shop.run("connect", "cache", "--", "flushall")

    assert shop.status()["state"] == "ready"
    assert shop.run("up", "--dry-run").out == "nothing to do\n"
    shop.run("reset", "cache")
    assert is_red(shop)


def test_one_that_somebody_else_restarts_with_nothing_in_it_is_filled_again(shop):
    shop.up("--fresh")  # nothing is saved on its disk
    container = docker_client().containers.get(shop.instances()["cache"])
    container.kill()
    container.start()

    assert shop.status()["state"] == "failed"
    assert "cache was restarted: its data is gone" in shop.run("status").out
    assert "cache was restarted: its data is gone" in shop.run("wait", code=5).err
    shop.up()

    assert is_red(shop)


def test_one_that_somebody_else_restarts_with_its_data_is_ready(shop):
    for name in ("cache", "db"):
        docker_client().containers.get(shop.instances()[name]).restart()
    shop.run("wait")  # a server that has just begun may still hang up

    assert shop.status()["state"] == "ready"
    assert is_red(shop)


def test_one_that_somebody_else_replaces_is_filled_again(shop):
    docker_client().containers.get(shop.instances()["db"]).remove(force=True, v=True)
    identity = shop.status()["environment"]
    folder = shop.states / identity / "compose"
    files = ("-f", str(folder / "compose.yaml"), "-f", str(folder / "network.yaml"))
    compose = shop.start_program("docker", "compose", *files, "-p", identity, "up", "-d", "db")
    assert compose.wait() == 0, compose.text

    assert "db was replaced from outside: its data is gone" in shop.run("status").out
    shop.up()

    assert is_red(shop)
