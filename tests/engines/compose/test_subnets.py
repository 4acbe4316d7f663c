"""Small free subnets: dozens of environments fit on a machine whose Docker has pools for thirty networks."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import docker
import pytest

from localenv import paths
from localenv.engines.compose import daemon, ownership, subnets
from tests.world.proxy import Answer, Proxy
from tests.world.world import World

TABLE = """\
Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0
tun0\t0000000A\t00000000\t0001\t0\t0\t0\t000000FF\t0\t0\t0
docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0
"""


def test_a_free_subnet_overlaps_nothing_and_stays_the_same_for_an_identity() -> None:
    taken: list[IPv4Network] = []

    for number in range(500):
        found = subnets.free(f"shop-local-{number}", 32, taken)
        assert found is not None
        assert found.num_addresses == 32
        assert not any(found.overlaps(other) for other in taken)
        taken.append(found)

    assert subnets.free("shop-local-7", 32, []) == subnets.free("shop-local-7", 32, [])


def test_a_range_that_the_machine_routes_elsewhere_is_left_out(tmp_path: Path) -> None:
    table = tmp_path / "route"
    table.write_text(TABLE)

    routed = list(subnets.routes(table))
    found = subnets.free("shop", 32, routed)

    assert routed == [IPv4Network("10.0.0.0/8"), IPv4Network("172.17.0.0/16")]
    assert found is not None
    assert found.subnet_of(IPv4Network("172.16.0.0/16"))


def test_where_everything_is_taken_docker_chooses() -> None:
    assert subnets.free("shop", 32, [IPv4Network("0.0.0.0/0")]) is None


def test_a_machine_without_a_table_of_routes_has_none(tmp_path: Path) -> None:
    assert not list(subnets.routes(tmp_path / "route"))


@pytest.fixture
def client() -> Iterator[Any]:
    made = docker.from_env()
    yield made
    made.close()


@pytest.mark.docker
def test_forty_environments_at_once_have_networks_on_dockers_default_pools(client: Any, tmp_path: Path) -> None:
    identities = [f"many-{number}-{tmp_path.name[:20]}" for number in range(40)]
    made: list[str] = []

    def network(identity: str) -> str:
        subnet = subnets.choose(daemon.connect(), identity, 5, tmp_path / identity, ())
        pool = docker.types.IPAMConfig(pool_configs=[docker.types.IPAMPool(subnet=subnet)])
        labels = ownership.labels(identity, tmp_path)
        made.append(client.api.create_network(ownership.network(identity), ipam=pool, labels=labels)["Id"])
        return subnet

    try:
        with ThreadPoolExecutor(8) as pool:
            chosen = list(pool.map(network, identities))
    finally:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(client.api.remove_network, made))

    assert len(set(chosen)) == 40
    assert all(subnet.endswith("/27") for subnet in chosen)
    recorded = json.loads((paths.state(identities[7]) / "network.json").read_text())
    assert recorded == {"subnet": chosen[7]}
    assert chosen[7] in (tmp_path / identities[7] / "network.yaml").read_text()


@pytest.mark.docker
def test_an_environment_keeps_its_subnet_and_the_rendered_file_does_not_know_it(world: World) -> None:
    world.run("up", "--detach")
    folder = paths.rendered(world.identity)
    first = (folder / "network.yaml").read_text()

    world.describe((world.folder / "envs/local.yaml").read_text() + "  other: redis\n")
    world.run("up", "--detach")

    (network,) = world.client.networks.list(names=[f"{world.identity}_default"])
    subnet = network.attrs["IPAM"]["Config"][0]["Subnet"]
    assert (folder / "network.yaml").read_text() == first
    assert subnet in first
    assert "subnet" not in (folder / "compose.yaml").read_text()


FURTHER = (
    "all predefined address pools have been fully subnetted",
    "could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network",
)


@pytest.mark.docker
@pytest.mark.parametrize(
    "words",
    [
        "invalid pool request: Pool overlaps with other one on this address space",
        *(pytest.param(one, marks=pytest.mark.full) for one in FURTHER),
    ],
)
def test_a_subnet_that_docker_refuses_is_chosen_again(world: World, proxy: Proxy, words: str) -> None:
    refused: list[str] = []

    def twice(request: Any) -> Answer | None:
        if request.path != "/networks/create" or len(refused) == 2:
            return None
        refused.append((paths.rendered(world.identity) / "network.yaml").read_text())
        return Answer(status=403, message=words)

    world.host, proxy.rule = proxy.host, twice

    world.run("up", "--detach")

    assert len(set(refused)) == 2
    assert (paths.rendered(world.identity) / "network.yaml").read_text() not in refused


@pytest.mark.docker
def test_where_every_subnet_is_refused_the_cause_and_a_way_out_are_named(world: World, proxy: Proxy) -> None:
    words = "all predefined address pools have been fully subnetted"
    world.host = proxy.host
    proxy.rule = lambda one: Answer(status=403, message=words) if one.path == "/networks/create" else None

    failed = world.run("up", "--detach", code=5)

    assert "Docker has no addresses left for another network" in failed.err
    assert "docker network prune" in failed.err
    assert not world.left()
