"""A need that does not answer keeps no command waiting without end."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from localenv import process
from localenv.environment.overrides import need_faults
from localenv.errors import NotReadyError
from localenv.stack import Need, Port, Role, Service, Stack


def test_a_client_without_an_answer_is_ended_and_the_need_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    need = Need(name="cache", kind="redis", version="8", user="")
    services = {"cache": Service(name="cache", role=Role.NEED, port=Port(name="cache", target=6379))}
    stack = Stack(name="shop", env="local", folder=Path("/r"), services=services, needs={"cache": need})
    place = SimpleNamespace(shares_ports=True)
    resolution = SimpleNamespace(argv=lambda *_: ("sleep", "60"), place=place, client=lambda name: {})
    environment = SimpleNamespace(stack=stack, deployment=SimpleNamespace(resolution=resolution))
    sleeping = process.Invocation(argv=("sleep", "60"))
    monkeypatch.setattr(need_faults.clients, "inside", lambda *_, **__: sleeping)
    monkeypatch.setattr(need_faults, "_LONGEST", 0.05)
    with pytest.raises(NotReadyError, match="cache does not answer"):
        need_faults._client(cast(Any, environment), "cache", ("PING",))
