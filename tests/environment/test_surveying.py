"""The list of environments: engines and guards are asked side by side."""

from threading import Event

import pytest

from localenv import state
from localenv.engines import Observed, Seen
from localenv.environment import surveying
from localenv.stack.states import EnvironmentState, ServiceState
from localenv.state import Record

RUNNING = Observed(services={"api": Seen(name="api", role="service", state=ServiceState.RUNNING)})


class Guards:
    """An engine without a query for all; one environment does not answer before `over`."""

    def __init__(self, slow: str, over: Event) -> None:
        self.slow, self.over = slow, over

    def survey(self) -> None:
        """Each is asked alone."""

    def observe(self, identity: str, *, closely: bool = False) -> Observed:
        if identity == self.slow:
            self.over.wait(30)
        return RUNNING


def test_a_guard_that_does_not_answer_hides_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("a-local-0123ab", "b-local-0123ab", "c-local-0123ab")
    for name in names:
        about = {"env": "local", "folder": "/x", "description": "/x/envs/local.yaml", "engine": "native"}
        state.save(Record(identity=name, name=name[0], state=EnvironmentState.READY, **about))
    over = Event()
    monkeypatch.setattr(surveying, "engine", lambda name, endpoint="": Guards(names[0], over))
    monkeypatch.setattr(surveying, "_PATIENCE", 0.2)

    found = {record.identity: record for record in surveying.survey()}
    over.set()

    assert "did not answer in time" in found[names[0]].detail
    assert [found[name].detail for name in names[1:]] == ["", ""]
