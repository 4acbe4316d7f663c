"""What references resolve to for a service that runs on this machine instead of in its engine."""

from pathlib import Path

import pytest

from localenv import paths
from localenv.engines import Deployment, here
from localenv.resolution import Resolution
from localenv.stack import Build, Native, Port, Reader, Role, Service, Setup, Stack
from localenv.stack.references import literal, parse


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
    variables = {"BIND": parse("${bind}"), "PUBLIC": parse("${self.published_url}")}
    api = Service(name="api", role=Role.SERVICE, port=Port(name="api", target=8000), environment=variables, compose=raw)
    stack = Stack(name="shop", env="local", folder=Path("/r"), services={"api": api})
    resolution = Resolution(stack=stack, place=Containers(), value=lambda name: name)
    deployment = Deployment(identity="shop", stack=stack, resolution=resolution, values={}, folder=Path("/r"))

    found = here.resolution(deployment, {"api": 20500}).environment(api)

    assert found == {"PORT": "20500", "BIND": "127.0.0.1", "PUBLIC": "http://127.0.0.1:20001"}


def test_its_folder_is_prepared_here_although_its_engine_has_an_image(tmp_path, monkeypatch):
    for name in ("XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    paths.state("shop")
    (tmp_path / "web").mkdir()
    install = Setup(command=tuple(map(literal, ("node", "-e", "require('fs').mkdirSync('node_modules')"))), inputs={})
    web = Service(name="web", role=Role.SERVICE, build=Build(context=tmp_path / "web"), native=Native(setup=(install,)))
    stack = Stack(name="shop", env="local", folder=tmp_path, services={"web": web})
    resolution = Resolution(stack=stack, place=Containers(), value=lambda name: name)
    deployment = Deployment(identity="shop", stack=stack, resolution=resolution, values={}, folder=tmp_path)

    assert here.due(deployment, web)
    prepared = here.prepared(deployment, web)

    assert (prepared.folder / "node_modules").is_dir()
    assert not here.due(deployment, web)
