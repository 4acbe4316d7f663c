"""The last check of a start: a service that was ready and has exited is found, and reported with the end of its log."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import pytest

from localenv.engines import Deployment, Engine
from localenv.environment.up import probes
from localenv.environment.up.confirming import Confirmation
from localenv.errors import NotReadyError
from localenv.stack import Dependency, Probe, ProbeKind, Role, Service, Stack
from tests.environment.up.histories import LONGEST, History, Machine, Turns, answers, crashes, exits, gone, runs

READY = 10.0  # the time of the check

Make = Callable[..., Confirmation]


@dataclass(frozen=True)
class Environment:
    stack: Stack
    identity: str = "shop-local-0123ab"


@pytest.fixture
def ready(monkeypatch: pytest.MonkeyPatch, tmp_path) -> Make:
    """Services with these histories, all of which were ready before."""

    def make(**all_of: History) -> Confirmation:
        clock = Turns(waiting=1)
        clock.time = READY
        machine = Machine(histories=all_of, clock=clock)
        monkeypatch.setattr(probes, "_PROBES", {ProbeKind.HTTP: machine.probe})
        after = Dependency(name="setup", condition="service_completed_successfully")
        services = {
            name: Service(name=name, role=Role.SERVICE, depends_on=(after,), probe=_probe(name)) for name in all_of
        }
        stack = Stack(name="shop", env="local", folder=tmp_path, services=services)
        deployment = cast(Deployment, Environment(stack))
        return Confirmation(engine=cast(Engine, machine), deployment=deployment, names=tuple(all_of), clock=clock)

    return make


def _probe(name: str) -> Probe:
    return Probe(kind=ProbeKind.ALIVE if name == "worker" else ProbeKind.HTTP)


def test_one_look_is_all_where_everything_works(ready: Make) -> None:
    all_well = ready(api=[answers(0)], worker=[runs(0)], setup=[exits(0, 0)])

    all_well.confirm(["api", "worker", "setup"], LONGEST)

    assert all_well.clock.now() == READY
    assert cast(Machine, all_well.engine).looks == [READY]


@pytest.mark.parametrize(
    ("name", "history", "words"),
    [
        pytest.param("worker", [runs(0), exits(9.9, 3)], "worker exited with code 3", id="no port"),
        pytest.param("api", [answers(0), exits(9.9, 1)], "api exited with code 1", id="seen at once"),
        pytest.param("api", [answers(0), runs(9.9), exits(10.2, 1)], "api exited with code 1", id="seen late"),
        pytest.param("api", [answers(0), gone(9)], "api was removed by another process", id="removed"),
        pytest.param("worker", [runs(0), crashes(9, 1)], "worker is restarting", id="restarted"),
        pytest.param("api", [answers(0), runs(9.9)], "api is not ready after 50 s", id="answers no more"),
        pytest.param("setup", [exits(0, 2)], "setup exited with code 2", id="did not complete"),
    ],
)
def test_what_works_no_longer_is_named_with_its_log(ready: Make, name: str, history: History, words: str) -> None:
    one = ready(**{"setup": [exits(0, 0)], name: history})

    with pytest.raises(NotReadyError) as failed:
        one.confirm([name], LONGEST)

    assert words in failed.value.message
    assert list(failed.value.log) == [f"last words of {name}"]


def test_an_answer_that_is_late_is_waited_for(ready: Make) -> None:
    busy = ready(api=[answers(0), runs(9.9), answers(12)])

    busy.confirm(["api"], LONGEST)

    assert busy.clock.now() == pytest.approx(12, abs=0.6)


def test_what_was_ready_long_before_is_looked_at_and_not_asked(ready: Make) -> None:
    busy = ready(api=[answers(0), runs(9.9)])

    busy.confirm([], LONGEST)

    assert busy.clock.now() == READY


def test_what_ended_is_blamed_for_a_failure_of_something_else_although_the_engine_sees_it_late(ready: Make) -> None:
    with pytest.raises(NotReadyError, match="api exited with code 1"):
        ready(api=[answers(0), runs(9.9), exits(10.6, 1)]).blame()


def test_nobody_is_blamed_where_everything_runs(ready: Make) -> None:
    fine = ready(api=[answers(0)])
    fine.blame()
    assert fine.clock.now() == READY

    busy = ready(api=[answers(0), runs(9.9)])
    busy.blame()
    assert busy.clock.now() == pytest.approx(READY + 1, abs=0.1)


@pytest.mark.parametrize(
    ("name", "since", "until"),
    [("api", READY - 0.1, READY + 0.4), ("api", READY - 5, READY), ("worker", READY, READY)],
)
def test_what_answered_only_just_now_has_to_run_on(ready: Make, name: str, since: float, until: float) -> None:
    one = ready(**{name: [answers(0)]})
    one.settle({name: since, "gone": READY}, 0.5)
    assert one.clock.now() == pytest.approx(until)


def test_what_exits_right_after_its_first_answer_is_found(ready: Make) -> None:
    one = ready(api=[answers(0), exits(READY + 0.05, 3)])
    one.settle({"api": READY}, 0.15)
    with pytest.raises(NotReadyError, match="api exited with code 3"):
        one.confirm(["api"], LONGEST)
