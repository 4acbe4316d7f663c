"""Addresses on one machine, and the stack adapted to it."""

from dataclasses import replace
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest

from localenv.engines.native.fitting import fit, in_order, limits
from localenv.engines.native.place import MachinePlace, own_addresses
from localenv.stack import Dependency, Port, Reader, Role, Service, Stack, Template, Upstream
from localenv.stubs import server

UPSTREAMS = {
    "payments": Upstream(name="payments", server=server.NAME),
    "rates": Upstream(name="rates", server=server.NAME, port=8080, own_address=True),
    "stock": Upstream(name="stock", server=server.NAME, port=8080),
}
PUBLISHED = {"payments": 20001, "rates": 20002, "stock": 20003, "localenv.stubs": 20004, "api": 20005}


def stack() -> Stack:
    api = Service(name="api", role=Role.SERVICE, port=Port(name="api", target=8000))
    return Stack(
        name="a",
        env="local",
        folder=Path("/a"),
        services={**server.services(UPSTREAMS), "api": api},
        upstreams=UPSTREAMS,
    )


def test_everything_is_reached_at_its_published_port_by_everybody() -> None:
    place = MachinePlace(stack=fit(stack()), published=PUBLISHED, files=Path("/state/files"))
    for reader in Reader:
        assert place.address(reader, "api") == ("127.0.0.1", "20005")
        assert place.address(reader, "payments") == ("127.0.0.1", "20001")
        assert place.address(reader, "stock") == ("127.0.0.1", "20003")
        assert place.path(reader, "token") == "/state/files/token"
        assert place.path(reader, "jwt.pub") == "/state/files/.public/jwt.pub"  # the private half is not beside it
    assert place.bind("api") == "127.0.0.1"


def test_an_upstream_with_an_address_of_its_own_has_the_port_the_program_asks_for() -> None:
    place = MachinePlace(stack=fit(stack()), published=PUBLISHED, files=Path("/state/files"))
    host, port = place.address(Reader.INSIDE, "rates")
    assert ip_address(host) in ip_network("127.8.0.0/16")
    assert port == "8080"
    assert place.address(Reader.MACHINE, "rates") == (host, port)


def test_a_service_whose_port_is_fixed_listens_there_at_an_address_of_its_own() -> None:
    fixed = replace(stack().services["api"], own_address=True)
    whole = replace(stack(), services={**stack().services, "api": fixed})
    place = MachinePlace(stack=fit(whole), published=PUBLISHED, files=Path("/state/files"))
    assert place.address(Reader.INSIDE, "api") == place.address(Reader.MACHINE, "api") == (place.bind("api"), "8000")
    assert place.bind("api") != place.address(Reader.INSIDE, "rates")[0]
    assert place.bind("other") == "127.0.0.1"


def test_addresses_of_their_own_are_all_different_can_be_listened_on_and_stay() -> None:
    names = {f"upstream-{number}": 80 for number in range(3000)}  # some of them have the same hash
    found = own_addresses(Path("/state/files"), names)
    assert found == own_addresses(Path("/state/files"), dict(reversed(names.items())))
    assert len(set(found.values())) == len(names)
    assert all(address.startswith("127.8.") and address.split(".")[3] not in ("0", "255") for address in found.values())
    assert found["upstream-1"] != own_addresses(Path("/state/other"), names)["upstream-1"]


def test_where_the_machine_has_one_loopback_address_that_is_everybodys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    assert own_addresses(Path("/state/files"), {"a": 80, "b": 81}) == {"a": "127.0.0.1", "b": "127.0.0.1"}


def test_what_another_kernel_lacks_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    assert limits(stack()) == ()
    monkeypatch.setattr("sys.platform", "darwin")
    away, shared = limits(stack())
    assert "may outlive the environment" in away
    assert "rates share 127.0.0.1" in shared
    assert len(limits(replace(stack(), upstreams={}))) == 1


def test_what_needs_a_container_is_said_to_have_no_effect(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    labelled = Service(name="api", role=Role.SERVICE, labels={"tier": Template(("web",))}, aliases=("backend",))

    assert limits(replace(stack(), services={"api": labelled})) == (
        "labels: of api have no effect: there is no container",
        "aliases: of api have no effect: there is no network; others reach it by references",
    )


def test_services_start_after_those_they_depend_on() -> None:
    def service(name: str, *others: str) -> Service:
        return Service(name=name, role=Role.SERVICE, depends_on=tuple(Dependency(name=other) for other in others))

    services = [service("a", "b", "elsewhere"), service("b", "c"), service("c"), service("d")]
    assert [one.name for one in in_order(services)] == ["c", "b", "a", "d"]
