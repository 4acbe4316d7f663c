"""A user's Docker sets proxies for all containers: names in the stack are reached without them."""

import json
from pathlib import Path

import pytest

from localenv.engines.compose import proxies
from localenv.paths import compose_files
from localenv.stack import Role, Service, Stack
from localenv.stack.references import literal

STACK = Stack(
    name="shop",
    env="local",
    folder=Path("/shop"),
    services={
        "api": Service(name="api", role=Role.SERVICE),
        "own": Service(name="own", role=Role.SERVICE, environment={"no_proxy": literal("mine")}),
        "localenv.stubs": Service(name="localenv.stubs", role=Role.STUBS, aliases=("pay", "api.pay.example")),
    },
)


def configured(folder: Path, monkeypatch: pytest.MonkeyPatch, proxies: object) -> None:
    (folder / "config.json").write_text(json.dumps({"proxies": proxies}))
    monkeypatch.setenv("DOCKER_CONFIG", str(folder))


def test_what_is_in_the_stack_is_added_to_what_needs_no_proxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    configured(tmp_path, monkeypatch, {"default": {"httpProxy": "http://p:1", "noProxy": "a.example,$x"}})
    hosts = proxies.exceptions(STACK)["NO_PROXY"].split(",")
    assert hosts[:2] == ["a.example", "$x"]
    assert {"localhost", "127.0.0.1", "api", "own", "pay", "api.pay.example"} <= {*hosts}
    proxies.write(STACK, tmp_path)
    services = json.loads(compose_files.proxies(tmp_path).read_text())["services"]
    assert services["api"]["environment"]["no_proxy"].startswith("a.example,$$x,")
    assert services["own"]["environment"] == {}  # set by the service itself


@pytest.mark.parametrize("settings", [None, {}, {"default": {}}, {"default": {"noProxy": "x"}}, "no mapping"])
def test_without_a_proxy_nothing_is_added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: object) -> None:
    configured(tmp_path, monkeypatch, settings)
    compose_files.proxies(tmp_path).write_text("{}")
    assert proxies.exceptions(STACK) == {}
    proxies.write(STACK, tmp_path)
    assert not compose_files.proxies(tmp_path).exists()
