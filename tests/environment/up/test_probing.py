"""Waiting, with histories of services: what each does when, and what is reported when, on a fake clock."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest

from localenv.engines import Deployment, Engine
from localenv.environment.up import probes, probing
from localenv.environment.up.limit import TimeLimit
from localenv.environment.up.probing import PAUSE, STEADY
from localenv.errors import NotReadyError
from localenv.stack import Probe, ProbeKind, Role, Service, Stack
from localenv.stack.states import ServiceState
from tests.environment.up.histories import (
    LONGEST,
    PROMPTLY,
    History,
    Machine,
    Moment,
    Turns,
    answers,
    crashes,
    exits,
    gone,
    runs,
    seen,
)


@dataclass(kw_only=True)
class Report:
    """The reports: who was ready when, and the failure that ended the wait."""

    machine: Machine
    ready: list[tuple[str, float]]
    failure: NotReadyError | None
    ended: float
    reasons: list[tuple[str, float]]  # why a service was not ready, as reported, and when


WaitFor = Callable[..., Report]


@pytest.fixture
def wait_for(monkeypatch: pytest.MonkeyPatch) -> WaitFor:
    """Wait for services that have these histories."""

    def wait(
        kind: ProbeKind = ProbeKind.HTTP,
        timeout: float | None = None,
        finishing: tuple[str, ...] = (),
        log: str = Machine.log,
        **all_of: History,
    ) -> Report:
        clock = Turns(len(all_of))
        machine = Machine(histories=all_of, clock=clock, log=log)
        monkeypatch.setattr(probes, "_PROBES", {ProbeKind.HTTP: machine.probe})
        probe = Probe(kind=kind, timeout=timeout)
        services = [Service(name=name, role=Role.SERVICE, probe=probe) for name in all_of]
        report = Report(machine=machine, ready=[], failure=None, ended=0, reasons=[])

        def ready(name: str, seconds: float) -> None:
            assert seconds == clock.now()
            report.ready.append((name, seconds))
            clock.leave()

        try:
            environment = cast(
                Deployment, Environment(stack=Stack(name="shop", env="local", folder=Path("/shop"), services={}))
            )
            probing.wait(
                cast(Engine, machine), environment, services, LONGEST, ready,
                finishing=frozenset(finishing), clock=clock,
                report=lambda name, text, is_cause: report.reasons.append((text, clock.now())),
            )  # fmt: skip
        except NotReadyError as error:
            report.failure = error
        report.ended = clock.now()
        return report

    return wait


@dataclass(frozen=True)
class Environment:
    stack: Stack
    identity: str = "shop-local-0123ab"


def promptly(second: float) -> Any:
    """This second, or soon after it: probes have a pause."""
    return pytest.approx(second + PROMPTLY / 2, abs=PROMPTLY / 2)


@pytest.mark.parametrize(
    ("history", "second"),
    [
        pytest.param([answers(0)], 0, id="at once"),
        pytest.param([runs(0), answers(1)], 1, id="soon"),
        pytest.param([runs(0), answers(50)], 50, id="late"),
        pytest.param([gone(0), runs(3), answers(4)], 4, id="not there yet"),
        pytest.param([runs(0), crashes(1, 1), crashes(2, 2), answers(4, restarts=2)], 4, id="after two crashes"),
    ],
)
def test_what_answers_is_ready(wait_for: WaitFor, history: History, second: float) -> None:
    api = wait_for(api=history)
    assert api.ready == [("api", promptly(second))]
    assert api.failure is None


@pytest.mark.parametrize(
    ("history", "second", "words"),
    [
        pytest.param([runs(0), exits(2, 3)], 2, ["exited", "3"], id="exits"),
        pytest.param([exits(0, 0)], 0, ["exited", "0"], id="is over"),
        pytest.param([runs(0), exits(40, 137)], 40, ["137", "killed"], id="killed"),
        pytest.param([runs(0), exits(40, 139)], 40, ["139", "segmentation fault"], id="a signal"),
        pytest.param([runs(0), exits(2, 137, out_of_memory=True)], 2, ["memory"], id="too large"),
        pytest.param([exits(0, 127, error="no such program")], 0, ["no such program"], id="cannot start"),
        pytest.param([runs(0), gone(5)], 5, ["removed"], id="removed"),
        pytest.param(
            [runs(0), crashes(1, 1), runs(2, restarts=1), crashes(3, 2), crashes(9, 3, 7)], 9, ["crash", "7"],
            id="crash loop",
        ),
        pytest.param([runs(0)], LONGEST, ["60 s", "GET / is answered with 503"], id="never answers"),
        pytest.param([gone(0)], LONGEST, ["60 s"], id="never there"),
    ],
)  # fmt: skip
def test_what_cannot_become_ready_is_reported_at_once_with_reason_and_log(
    wait_for: WaitFor, history: History, second: float, words: list[str]
) -> None:
    api = wait_for(api=history)
    assert api.failure
    assert api.ended == promptly(second)
    assert [word for word in ("api", *words) if word not in api.failure.message] == []
    assert list(api.failure.log) == ["last words of api"]
    assert not api.ready


def test_what_runs_and_fails_is_reported_with_the_error_that_it_has_logged(wait_for: WaitFor) -> None:
    answer, error = "GET / is answered with 503", "botocore.exceptions.ClientError: Not Found"
    api = wait_for(log=error, api=[runs(0)])
    assert api.reasons == [(answer, promptly(1)), (f"{answer}; it logged: {error}", promptly(2))]
    assert api.failure
    assert api.failure.message == f"api is not ready after 60 s: {answer}; it logged: {error}"


def test_the_error_is_looked_for_however_short_the_time_is(wait_for: WaitFor) -> None:
    api = wait_for(timeout=1, log="RuntimeError: no key", api=[runs(0)])
    assert api.failure
    assert api.failure.message.endswith("; it logged: RuntimeError: no key")


def test_a_time_of_its_own_ends_the_waiting_before_the_deadline(wait_for: WaitFor) -> None:
    api = wait_for(timeout=5, api=[runs(0), answers(6)])
    assert api.failure
    assert "5 s" in api.failure.message
    assert api.ended == promptly(5)


def test_each_is_reported_when_it_is_ready_and_the_end_is_that_of_the_last(wait_for: WaitFor) -> None:
    three = wait_for(a=[runs(0), answers(1)], b=[runs(0), answers(30)], c=[runs(0), answers(10)])
    assert three.ready == [("a", promptly(1)), ("c", promptly(10)), ("b", promptly(30))]
    assert three.ended == promptly(30)


def test_one_that_dies_early_ends_the_waiting_for_the_others(wait_for: WaitFor) -> None:
    three = wait_for(a=[runs(0), answers(1)], b=[runs(0), exits(4, 1)], c=[runs(0), answers(50)])
    assert three.failure
    assert three.failure.message.startswith("b exited")
    assert three.ready == [("a", promptly(1))]
    assert three.ended == promptly(4)


@pytest.mark.parametrize(
    ("history", "second"),
    [
        pytest.param([runs(0)], STEADY, id="stays"),
        pytest.param([Moment(since=0, seen=seen(ServiceState.CREATED)), runs(3)], 3 + STEADY, id="comes later"),
        pytest.param(
            [runs(0), Moment(since=0.5, seen=seen(ServiceState.PAUSED)), runs(4)], 4 + STEADY, id="was paused"
        ),
    ],
)
def test_what_is_not_asked_is_ready_once_it_has_stayed_up(wait_for: WaitFor, history: History, second: float) -> None:
    worker = wait_for(ProbeKind.ALIVE, worker=history)
    assert worker.ready == [("worker", promptly(second))]
    assert not worker.machine.asked


@pytest.mark.parametrize("second", [0.5, 0.6, 0.76, 0.9, 0.999])
def test_what_is_not_asked_and_ends_within_that_time_is_never_ready(wait_for: WaitFor, second: float) -> None:
    worker = wait_for(ProbeKind.ALIVE, worker=[runs(0), exits(second, 3)])
    assert worker.failure
    assert "exited with code 3" in worker.failure.message
    assert not worker.ready


def test_the_time_in_which_a_program_begins_does_not_count(wait_for: WaitFor) -> None:
    waiting = [runs(0, waited=0.3), runs(0.5, waited=0.8)]
    dying = wait_for(ProbeKind.ALIVE, worker=[*waiting, exits(1.7, 3)])
    assert dying.failure
    assert "exited with code 3" in dying.failure.message
    staying = wait_for(ProbeKind.ALIVE, worker=waiting)
    assert staying.ready == [("worker", promptly(STEADY + 0.8))]
    starved = wait_for(ProbeKind.ALIVE, worker=[runs(0, waited=1000)])
    assert starved.ready == [("worker", promptly(STEADY + 4))]


def test_what_an_exited_child_has_waited_does_not_count_either(wait_for: WaitFor) -> None:
    shim = [runs(0, waited=0.8), runs(0.5, waited=0.2)]
    assert wait_for(ProbeKind.ALIVE, worker=shim).ready == [("worker", promptly(STEADY + 0.8))]


def test_what_was_started_again_has_not_stayed_up(wait_for: WaitFor) -> None:
    worker = wait_for(ProbeKind.ALIVE, worker=[runs(0), crashes(0.5, 1), runs(2, restarts=1)])
    assert worker.failure
    assert "does not stay up" in worker.failure.message
    assert worker.ended == promptly(LONGEST)


def test_a_list_that_a_shell_was_given_as_text_is_to_be_json(wait_for: WaitFor) -> None:
    api = wait_for(log="/bin/sh: 1: [python,: not found", api=[runs(0), exits(1, 127)])

    assert api.failure
    assert "is JSON" in api.failure.hint


def test_what_has_to_finish_is_ready_when_it_exits_with_0_and_failed_otherwise(wait_for: WaitFor) -> None:
    done = wait_for(finishing=("load",), load=[answers(0), exits(7, 0)], api=[answers(0)])
    assert done.ready == [("api", promptly(0)), ("load", promptly(7))]
    failed = wait_for(finishing=("load",), load=[answers(0), exits(7, 2)])
    assert failed.failure
    assert failed.ended == promptly(7)


def test_one_look_serves_all_who_wait_and_who_takes_long_is_asked_less_often(wait_for: WaitFor) -> None:
    many = wait_for(**{f"s{number}": [runs(0), answers(50)] for number in range(4)})
    between = [later - earlier for earlier, later in zip(many.machine.looks, many.machine.looks[1:], strict=False)]
    assert min(between) > 0.25
    asked = many.machine.asked
    assert sum(second < 1 for second in asked) > 3 / PAUSE
    assert sum(40 <= second < 41 for second in asked) <= 12


@pytest.mark.parametrize(
    ("seconds", "limit", "words"),
    [
        (0.2, None, "after 0.2 s"),
        (41.3, None, "after 41 s"),
        (0.2, 3, "at the time limit of 3 s for all"),
        (2, 3, "after 2 s, at the time limit of 3 s for all"),
        (2.9, 3, "after 3 s"),
        (0.3, 0.3, "at the time limit of 0.3 s for all"),
    ],
)
def test_a_time_that_was_hardly_waited_is_not_told_as_none(seconds: float, limit: float | None, words: str) -> None:
    whole = TimeLimit(seconds=limit, _spent=limit) if limit else None

    assert probing._waited(seconds, whole) == words
