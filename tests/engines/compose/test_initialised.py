"""A database is initialised once for this machine; later containers take a copy, each with its own password."""

import json
from pathlib import Path

import pytest

from tests.world.world import World

pytestmark = pytest.mark.docker

STACK = """
name: NAME
needs:
  db: {postgres: 17}
"""
QUERY = "select (select system_identifier from pg_control_system()), (select rolpassword from pg_authid where oid = 10)"


def test_the_second_up_makes_the_data_and_later_ones_take_copies_with_passwords_of_their_own(
    world: World, tmp_path: Path
) -> None:
    world.own["XDG_CACHE_HOME"] = str(tmp_path / "cache")
    world.describe(STACK)
    clusters, verifiers = [], set()
    for _ in range(3):
        world.up()
        cluster, verifier = world.run("connect", "db", "--", "-Atc", QUERY).out.strip().split("|")
        clusters.append(cluster)
        verifiers.add(verifier)
        world.run("down")

    assert clusters[0] != clusters[1] == clusters[2]
    assert len(verifiers) == len(clusters)
    entries = json.loads(world.run("cache", "--json").out)
    assert [one["about"] for one in entries if one["kind"] == "initialised"] == ["postgres:17, with empty data"]


def test_data_that_outlives_the_container_is_initialised_in_its_volume(world: World, tmp_path: Path) -> None:
    world.own["XDG_CACHE_HOME"] = str(tmp_path / "cache")
    world.describe(STACK.replace("17}", "17, keep: true}"))
    for _ in range(2):
        world.up()
        world.run("down", "--data")

    assert not (tmp_path / "cache/localenv/initialised").exists()
