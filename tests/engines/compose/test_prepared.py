"""A database is initialised once more, for later containers: they take copies, each with its own password."""

import json
import tarfile
from pathlib import Path

import pytest

from tests.world.waiting import until
from tests.world.world import World

pytestmark = pytest.mark.docker

STACK = """
name: NAME
needs:
  db: {postgres: 17}
"""
QUERY = "select (select system_identifier from pg_control_system()), (select rolpassword from pg_authid where oid = 10)"


def prepared_cluster(cache: Path) -> str:
    """That of the archive; empty until there is one."""
    for archive in cache.glob("*.tar"):
        with tarfile.open(archive) as opened:
            control = opened.extractfile("var/lib/localenv/pgdata/global/pg_control")
            assert control is not None
            return str(int.from_bytes(control.read(8), "little"))
    return ""


def test_the_second_up_makes_the_data_and_later_ones_take_copies_with_passwords_of_their_own(
    world: World, tmp_path: Path
) -> None:
    world.own["XDG_CACHE_HOME"] = str(tmp_path / "cache")
    world.describe(STACK)
    clusters, verifiers, prepared = [], set(), ""
    for number in range(3):
        world.up()
        cluster, verifier = world.run("connect", "db", "--", "-Atc", QUERY).out.strip().split("|")
        clusters.append(cluster)
        verifiers.add(verifier)
        if number == 1:
            prepared = until(lambda: prepared_cluster(tmp_path / "cache/localenv/prepared"), "the archive", seconds=300)
        world.run("down")

    assert [one == prepared for one in clusters] == [False, False, True]
    assert len(verifiers) == len(clusters)
    entries = json.loads(world.run("cache", "--json").out)
    assert [one["about"] for one in entries if one["kind"] == "prepared"] == ["the empty data of postgres:17"]


def test_data_that_outlives_the_container_is_initialised_in_its_volume(world: World, tmp_path: Path) -> None:
    world.own["XDG_CACHE_HOME"] = str(tmp_path / "cache")
    world.describe(STACK.replace("17}", "17, keep: true}"))
    world.up()
    world.run("down", "--data")

    assert not (tmp_path / "cache/localenv/prepared").exists()
