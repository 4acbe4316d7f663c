"""`localenv wait` says what it waits for."""

from types import SimpleNamespace

import pytest

from localenv import state
from localenv.environment import awaiting
from localenv.host import waiting
from localenv.stack.states import EnvironmentState


@pytest.mark.parametrize(
    ("before", "named"), [(None, "not running"), (EnvironmentState.STARTING, "starting")], ids=["absent", "starting"]
)
def test_an_environment_that_is_not_ready_is_named_with_its_state(monkeypatch, before, named):
    said: list[str] = []
    record = before and SimpleNamespace(state=before)
    ready = SimpleNamespace(state=EnvironmentState.READY)
    monkeypatch.setattr(waiting, "SILENT", 0)
    monkeypatch.setattr(waiting, "_listeners", [said.append])
    monkeypatch.setattr(state, "load", lambda name: ready if said else record)

    awaiting._await_start("shop-local-0123ab", float("inf"))

    assert said == [f"waiting until shop-local-0123ab is ready; it is {named}; Ctrl-C ends this"]
