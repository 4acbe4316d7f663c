"""Foreign resources with names that an environment needs are reported by name, and never changed."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import docker
import pytest

from localenv.engines.compose import ownership
from tests.world.world import SMALL, World

pytestmark = pytest.mark.docker

KEEPING = SMALL.replace("cache: redis", "cache: {redis: 8, keep: true}")
Make = Callable[[World, dict[str, str]], tuple[str, Callable[[], Any]]]


def a_container(world: World, labels: dict[str, str]) -> tuple[str, Callable[[], Any]]:
    name = f"{world.identity}-cache-1"
    no_volume = {"/data": ""}  # otherwise one would stay
    made = world.client.containers.create("redis:8", name=name, labels=labels, tmpfs=no_volume)
    return name, lambda: world.client.containers.get(made.id)


def a_network(world: World, labels: dict[str, str]) -> tuple[str, Callable[[], Any]]:
    name = f"{world.identity}_default"
    third, fourth = os.urandom(2)  # another test may create one at the same time
    subnet = f"10.214.{third}.{fourth & 0xF8}/29"
    ipam = docker.types.IPAMConfig(pool_configs=[docker.types.IPAMPool(subnet=subnet)])
    made = world.client.networks.create(name, labels=labels, ipam=ipam)
    return name, lambda: world.client.networks.get(made.id)


def a_volume(world: World, labels: dict[str, str]) -> tuple[str, Callable[[], Any]]:
    name = f"{world.identity}_cache"
    world.client.volumes.create(name, labels=labels)
    return name, lambda: world.client.volumes.get(name)


@pytest.fixture
def foreign(world: World) -> Iterator[Callable[[Make, dict[str, str]], tuple[str, Callable[[], Any]]]]:
    """Create a resource like another user, and remove it afterwards."""
    found: list[Callable[[], Any]] = []

    def make(kind: Make, labels: dict[str, str]) -> tuple[str, Callable[[], Any]]:
        name, get = kind(world, labels)
        found.append(get)
        return name, get

    yield make
    for get in found:
        get().remove()


def others(world: World) -> dict[str, dict[str, str]]:
    """Labels that do not belong to this environment, with the message for each."""
    own = ownership.labels(world.identity, world.folder)
    return {
        "localenv did not create it": {},
        "user 4711 created it": {**own, f"{ownership.LABEL}uid": "4711"},
        "it belongs to another checkout": {**own, f"{ownership.LABEL}checkout": "0123456789ab"},
    }


@pytest.mark.parametrize(
    ("kind", "whose"),
    [
        *((kind, "localenv did not create it") for kind in (a_container, a_network, a_volume)),
        (a_container, "user 4711 created it"),
        *(pytest.param(kind, "user 4711 created it", marks=pytest.mark.full) for kind in (a_network, a_volume)),
    ],
)
def test_it_is_refused_by_name_and_survives_up_and_down(world: World, foreign: Any, kind: Make, whose: str) -> None:
    world.describe(KEEPING)
    name, get = foreign(kind, others(world)[whose])

    refused = world.run("up", "--detach", code=4)
    world.run("down", "--data")
    world.run("down", world.identity, "--data")  # never --all, which removes other users' environments

    assert f"{kind.__name__.removeprefix('a_')} {name} does not belong to this environment" in refused.err
    assert whose in refused.err
    assert "it was not changed" in refused.err
    assert get()
    assert world.left() == {f"{kind.__name__.removeprefix('a_')} {name}"}


@pytest.mark.parametrize("kind", [a_container, a_volume])
def test_what_carries_the_project_name_of_compose_alone_is_not_taken_over(
    world: World, foreign: Any, kind: Make
) -> None:
    world.describe(KEEPING)
    labels = {"com.docker.compose.project": world.identity, "com.docker.compose.service": "cache"}
    name, get = foreign(kind, labels | {"com.docker.compose.volume": "cache"})

    refused = world.run("up", "--detach", code=4)

    assert name in refused.err
    assert get().name == name


def test_another_checkouts_is_refused(world: World, foreign: Any) -> None:
    name, get = foreign(a_network, others(world)["it belongs to another checkout"])

    refused = world.run("up", "--detach", code=4)

    assert name in refused.err
    assert "it belongs to another checkout" in refused.err
    assert get()
    get().reload()


def test_a_volume_that_a_container_of_the_environment_mounts_is_not_removed_with_it(world: World) -> None:
    """Docker removes anonymous volumes with a container; a named one belongs to another user."""
    world.run("up", "--detach")
    volume = world.client.volumes.create("somebodys-data-of-a-test")
    try:
        world.client.containers.create(
            "redis:8",
            name=f"{world.identity}-job-strange",
            labels=ownership.labels(world.identity, world.folder),
            mounts=[docker.types.Mount("/d", volume.name)],
        )

        world.run("down", "--data")

        assert not world.left()
        assert world.client.volumes.get(volume.name)
    finally:
        volume.remove()


def test_a_container_of_somebody_else_on_the_network_is_named_and_stays(world: World) -> None:
    world.run("up", "--detach")
    guest = world.client.containers.run(
        "redis:8", detach=True, network=f"{world.identity}_default", name=f"guest-of-{world.name}"
    )
    try:
        refused = world.run("down", code=4)

        assert f"guest-of-{world.name} of another environment is connected" in refused.err
        assert f"docker network disconnect {world.identity}_default guest-of-{world.name}" in refused.err
        guest.reload()
        assert guest.status == "running"
    finally:
        guest.remove(force=True, v=True)
    world.run("down")
    assert world.is_gone()  # the guard, which goes on after a removal that failed, ends by itself
