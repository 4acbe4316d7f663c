"""A program that rejects its health check: when waiting for it is pointless."""

from collections.abc import Callable
from math import inf
from types import SimpleNamespace
from typing import Any

import pytest

from localenv.engines import LogLine, Observed, Seen
from localenv.environment.up.probes import Unready
from localenv.environment.up.rejections import Rejections
from localenv.stack import Probe, ProbeKind, Role, Service
from localenv.stack.states import ServiceState
from tests.environment.up.test_diagnosis import Seconds

Busy = Callable[[float], float | None]
NOT_FOUND = Unready(text="GET /health returned 404", is_rejection=True)


def idle(now: float) -> float:
    return 0.1 * now  # it answers the probes


def final(
    busy: Busy = idle,
    *,
    answer: Callable[[float], Unready] = lambda now: NOT_FOUND,
    other: Busy | None = None,
    logs: Callable[[float], str] = lambda now: '"GET /health HTTP/1.1" 404',
    built_until: float = 0,
    timeout: float | None = None,
    said: str = "",
) -> float:
    """After how many seconds it is final that a service answers so; infinite if never."""
    clock = Seconds()
    probe = Probe(kind=ProbeKind.HTTP, path="/health", timeout=timeout)
    service = Service(name="web", role=Role.SERVICE, probe=probe)

    def log(identity: str, names: list[str], **more: object) -> list[LogLine]:
        asked = [clock.time - 0.5, clock.time - 0.25, clock.time]
        texts = [(time, text) for time in asked for text in logs(time).splitlines()]
        return [LogLine(time=time, service="web", text=text) for time, text in texts]

    engine: Any = SimpleNamespace(logs=log)
    deployment: Any = SimpleNamespace(identity="it")
    rejections = Rejections(engine=engine, deployment=deployment, service=service, clock=clock)
    programs = {"web": busy} | ({"backend": other} if other else {})
    while clock.time < 60:
        clock.time += 0.25
        seen = {
            name: Seen(name=name, role="service", state=ServiceState.RUNNING, busy=works(clock.time))
            for name, works in programs.items()
        }
        rejections.record(answer(clock.time), Observed(services=seen), is_start_busy=clock.time < built_until)
        if rejections.is_final:
            assert rejections.said.rstrip("0123456789'") == said
            return clock.time
    return inf


def test_the_same_answer_of_an_idle_program_is_final() -> None:
    assert 12 <= final() < 14


@pytest.mark.parametrize(
    "works",
    [
        pytest.param({"busy": lambda now: min(now, 20.0)}, id="it loads"),
        pytest.param({"other": lambda now: min(now, 20.0)}, id="another service loads"),
        pytest.param({"built_until": 20}, id="another is built"),
        pytest.param({"logs": lambda now: f"module {chr(97 + int(now))}" if now < 20 else ""}, id="it logs"),
        pytest.param({"logs": lambda now: "retrying" if now < 20 and now % 1 == 0 else ""}, id="it tries again"),
        pytest.param(
            {"answer": lambda now: NOT_FOUND if now > 20 else Unready(text="GET /health returned 503")}, id="it changes"
        ),
    ],
)
def test_time_in_which_something_happens_does_not_count(works: dict[str, Any]) -> None:
    assert 31 <= final(**works) < 35


def test_what_it_logs_at_each_probe_is_its_reason() -> None:
    log = "Invalid HTTP_HOST header: '127.0.0.1:{now:.0f}'\nBad Request: /health"
    assert 12 <= final(logs=lambda now: log.format(now=now), said="Invalid HTTP_HOST header: '127.0.0.1:") < 14


@pytest.mark.parametrize(
    "waits",
    [
        pytest.param({"timeout": 50}, id="a time limit of its own"),
        pytest.param({"busy": lambda now: None}, id="unknown work"),
        pytest.param({"answer": lambda now: Unready(text="GET /health returned 503")}, id="not ready yet"),
    ],
)
def test_what_may_still_change_is_waited_for(waits: dict[str, Any]) -> None:
    assert final(**waits) == inf
