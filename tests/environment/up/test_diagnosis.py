"""A program that listens on another port than its service's: when waiting for it is pointless."""

from math import inf
from types import SimpleNamespace
from typing import Any

import pytest

from localenv.environment.up.diagnosis import diagnosed
from localenv.host.sockets import ListeningSocket
from localenv.stack import Port, Probe, ProbeKind, Role, Service


def found(listens: int, timeout: float | None = None) -> Any:
    """The diagnosis of a native service with `port: 8000` at 127.0.0.1:30600, whose program listens on another port."""
    probe = Probe(kind=ProbeKind.HTTP, timeout=timeout)
    service = Service(name="web", role=Role.SERVICE, port=Port(name="web", target=8000), probe=probe)
    sockets = [ListeningSocket(host="0.0.0.0", port=listens)]
    place = SimpleNamespace(bind=lambda name: "127.0.0.1", address=lambda reader, name: ("127.0.0.1", "30600"))
    engine: Any = SimpleNamespace(services=SimpleNamespace(listeners=lambda identity, name: sockets))
    deployment: Any = SimpleNamespace(identity="it", resolution=SimpleNamespace(place=place))
    return diagnosed(engine, deployment, service)


def test_one_on_the_port_of_its_description_will_take_no_other() -> None:
    assert found(8000).text.endswith("use ${port} in its command, or `address: own`")
    assert found(8000).certain < found(8123).certain


@pytest.mark.parametrize("listens", [8000, 8123])
def test_one_with_a_time_limit_of_its_own_is_waited_for(listens: int) -> None:
    assert found(listens, timeout=60).certain == inf
