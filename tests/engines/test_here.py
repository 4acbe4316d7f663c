"""What references resolve to for a service that runs on this machine instead of in its engine."""

from pathlib import Path

import pytest

from localenv.engines import Deployment, here
from localenv.resolution import Resolution
from localenv.stack import Port, Reader, Role, Service, Stack
from localenv.stack.references import parse


class Containers:
    """Names inside, port 20001 on this machine."""

    shares_ports = False

    def bind(self, name: str) -> str:
        return "0.0.0.0"

    def address(self, reader: Reader, name: str) -> tuple[str, str]:
        return ("127.0.0.1", "20001") if reader is Reader.MACHINE else (name, "8000")

    def path(self, reader: Reader, file: str) -> str:
        return f"/{file}"


@pytest.mark.parametrize("raw", [{}, {"network_mode": "host"}], ids=["in a network", "on the host network"])
def test_it_listens_on_its_own_port_and_the_published_one_stays(raw):
    said = {"BIND": parse("${bind}"), "PUBLIC": parse("${self.published_url}")}
    api = Service(name="api", role=Role.SERVICE, port=Port(name="api", target=8000), environment=said, compose=raw)
    stack = Stack(name="shop", env="local", folder=Path("/r"), services={"api": api})
    resolution = Resolution(stack=stack, place=Containers(), value=lambda name: name)
    deployment = Deployment(identity="shop", stack=stack, resolution=resolution, values={}, folder=Path("/r"))

    found = here.resolution(deployment, {"api": 20500}).environment(api)

    assert found == {"PORT": "20500", "BIND": "127.0.0.1", "PUBLIC": "http://127.0.0.1:20001"}
