"""The status of an environment that does not exist."""

import os
from dataclasses import replace

import pytest

from localenv.engines import Observed, Seen
from localenv.environment import ownership
from localenv.environment.down import guarding
from localenv.environment.status import now
from localenv.stack.states import EnvironmentState, ServiceState
from localenv.state import Record

MOVING = (EnvironmentState.STARTING, EnvironmentState.STOPPING)
RECORD = Record(
    identity="shop-local-0123ab", name="shop", env="local", folder="/x", description="/x/envs/local.yaml",
    engine="native", detail="being built",
)  # fmt: skip


@pytest.mark.parametrize("state", MOVING)
def test_it_starts_or_stops_while_somebody_works_on_it(state: EnvironmentState) -> None:
    worked_on = RECORD.but(state=state, owner=ownership.owner(os.getpid()))

    assert now(worked_on, Observed()) == worked_on


@pytest.mark.parametrize("state", EnvironmentState)
def test_it_is_stopped_where_nobody_works_on_it_any_more(state: EnvironmentState) -> None:
    dead = replace(ownership.owner(os.getpid()), start=1)

    assert now(RECORD.but(state=state, owner=dead), Observed()).state is EnvironmentState.STOPPED
    assert now(RECORD.but(state=state), Observed()).state is EnvironmentState.STOPPED


@pytest.mark.parametrize("state", MOVING)
def test_what_was_being_done_to_it_is_said_no_more(state: EnvironmentState) -> None:
    assert now(RECORD.but(state=state), Observed()).detail == ""


def test_what_the_guard_of_a_killed_up_removes_is_stopping(monkeypatch: pytest.MonkeyPatch) -> None:
    dead = replace(ownership.owner(os.getpid()), start=1)
    starting = RECORD.but(state=EnvironmentState.STARTING, owner=dead)
    monkeypatch.setattr(guarding, "is_ending", lambda identity: True)

    for seen in (Observed(), Observed(services={"api": Seen(name="api", role="service", state=ServiceState.RUNNING)})):
        assert now(starting, seen).state is EnvironmentState.STOPPING
    assert now(starting.but(owner=ownership.owner(os.getpid())), Observed()).state is EnvironmentState.STARTING
