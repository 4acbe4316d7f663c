"""Whoever waits for a service to stop, start or move is told, once that takes long."""

from queue import Queue
from types import SimpleNamespace
from typing import Any, cast

import pytest

from localenv.environment import memories, stopping
from localenv.host import waiting

SHOP = "shop-local-0123ab"


@pytest.fixture
def said(monkeypatch) -> "Queue[str]":
    texts: Queue[str] = Queue()
    monkeypatch.setattr(waiting, "SILENT", 0)
    monkeypatch.setattr(waiting, "_listeners", [texts.put])
    return texts


@pytest.mark.parametrize("action", ["stop", "start"])
def test_a_service_that_takes_long_to_change_is_named(said, action):
    heard: list[str] = []

    def signal(identity: str, name: str, action: str) -> None:
        heard.append(said.get(timeout=10))

    services = SimpleNamespace(signal=signal)
    found: Any = SimpleNamespace(identity=SHOP, engine=SimpleNamespace(services=services))

    stopping._signal(cast(Any, found), "worker", action)

    assert heard == [f"waiting for worker to {action}; Ctrl-C ends this"]


def test_a_need_that_takes_long_to_move_is_named(said, monkeypatch):
    monkeypatch.setattr(memories, "keep", lambda deployment, name: None)
    monkeypatch.setattr(memories, "bring_back", lambda deployment, name: None)
    found: Any = SimpleNamespace(identity=SHOP, deployment=None)

    with stopping.moving(cast(Any, found), "db", by="localenv fault"):
        text = said.get(timeout=10)

    assert text == "waiting until db is reached another way; Ctrl-C ends this"
