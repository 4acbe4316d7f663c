"""Where things are on one machine, and a stack that fits it."""

from ipaddress import ip_address, ip_network
from pathlib import Path

from localenv.engines.native.fitting import fit, ordered
from localenv.engines.native.place import MachinePlace, own_address
from localenv.stack import Dependency, Port, Reader, Role, Service, Stack, Upstream
from localenv.stubs import server

UPSTREAMS = {
    "payments": Upstream(name="payments", server=server.name(80)),
    "rates": Upstream(name="rates", server=server.name(8080), port=8080, own_address=True),
    "stock": Upstream(name="stock", server=server.name(8080), port=8080),
}
PUBLISHED = {"payments": 20001, "rates": 20002, "stock": 20003, "localenv.stubs": 20004, "api": 20005}


def stack() -> Stack:
    by_server = {
        name: [one for one in UPSTREAMS.values() if one.server == name] for name in map(server.name, (80, 8080))
    }
    servers = {name: server.service(name, group) for name, group in by_server.items()}
    api = Service(name="api", role=Role.SERVICE, port=Port(name="api", target=8000))
    return Stack(name="a", env="local", folder=Path("/a"), services={**servers, "api": api}, upstreams=UPSTREAMS)


def test_one_stub_server_answers_for_upstreams_of_all_ports() -> None:
    fitted = fit(stack())
    assert list(fitted.services) == ["localenv.stubs", "api"]
    assert {one.server for one in fitted.upstreams.values()} == {"localenv.stubs"}
    assert set(fitted.ports) == {"localenv.stubs", "payments", "rates", "stock", "api"}


def test_everything_is_reached_at_its_published_port_by_everybody() -> None:
    place = MachinePlace(stack=fit(stack()), published=PUBLISHED, files=Path("/state/files"))
    for reader in Reader:
        assert place.address(reader, "api") == ("127.0.0.1", "20005")
        assert place.address(reader, "payments") == ("127.0.0.1", "20001")
        assert place.address(reader, "stock") == ("127.0.0.1", "20003")
        assert place.path(reader, "token") == "/state/files/token"
    assert place.bind == "127.0.0.1"


def test_an_upstream_with_an_address_of_its_own_has_the_port_the_program_asks_for() -> None:
    place = MachinePlace(stack=fit(stack()), published=PUBLISHED, files=Path("/state/files"))
    host, port = place.address(Reader.INSIDE, "rates")
    assert ip_address(host) in ip_network("127.8.0.0/16")
    assert port == "8080"
    assert place.address(Reader.MACHINE, "rates") == ("127.0.0.1", "20002")


def test_an_address_of_its_own_can_be_listened_on_and_stays() -> None:
    for number in range(300):
        found = own_address(Path("/state/files"), f"upstream-{number}")
        assert found == own_address(Path("/state/files"), f"upstream-{number}")
        assert found.split(".")[3] not in ("0", "255")
        assert found != own_address(Path("/state/other"), f"upstream-{number}")


def test_services_start_after_those_they_depend_on() -> None:
    def service(name: str, *others: str) -> Service:
        return Service(name=name, role=Role.SERVICE, depends_on=tuple(Dependency(name=other) for other in others))

    services = [service("a", "b", "elsewhere"), service("b", "c"), service("c"), service("d")]
    assert [one.name for one in ordered(services)] == ["c", "b", "a", "d"]
