"""What was ready before a start and does not answer is waited for, for a while."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from localenv import paths
from localenv.engines import Deployment, Engine
from localenv.environment.up import earlier, probes, probing
from localenv.environment.up.preparing import Prepared
from localenv.needs import NotYet
from localenv.stack import Probe, ProbeKind, Role, Service, Stack

SHOP = "shop-local-0123ab"


@pytest.fixture
def prepared(monkeypatch, tmp_path) -> Any:
    """A service that is silent, one that answers with a failure, and one without a port."""

    def probe(engine: Engine, deployment: Deployment, service: Service) -> None:
        if service.name == "paused":
            raise NotYet("no answer within 1 s") from TimeoutError()
        raise NotYet("refused")

    monkeypatch.setattr(probes, "_PROBES", {ProbeKind.HTTP: probe})
    kinds = {"paused": ProbeKind.HTTP, "broken": ProbeKind.HTTP, "worker": ProbeKind.ALIVE}
    services = {
        name: Service(name=name, role=Role.SERVICE, probe=Probe(kind=kind), depends_on=())
        for name, kind in kinds.items()
    }
    stack = Stack(name="shop", env="local", folder=tmp_path, services=services)
    return cast(Prepared, SimpleNamespace(stack=stack, engine=None, deployment=SimpleNamespace(identity=SHOP)))


@pytest.fixture
def waited(monkeypatch) -> list[str]:
    names: list[str] = []
    monkeypatch.setattr(
        probing, "wait", lambda engine, deployment, services, *_: names.extend(s.name for s in services)
    )
    return names


def test_what_does_not_answer_at_all_is_waited_for(prepared, waited):
    earlier.confirm(prepared, ["paused", "broken", "worker"])

    assert waited == ["paused"]


def test_nothing_is_waited_for_while_something_fails_on_demand(prepared, waited, monkeypatch):
    file = paths.overrides(SHOP)
    file.parent.mkdir(parents=True)
    file.touch()
    fault = SimpleNamespace(kind="fault")
    monkeypatch.setattr("localenv.environment.overrides.entries.recorded", lambda identity: [fault])

    earlier.confirm(prepared, ["paused"])

    assert waited == []
