"""What the guard reports of its programs, and what has become of them since."""

from pathlib import Path

import pytest

from localenv import paths
from localenv.engines.native import supervising
from localenv.host import kernel
from localenv.stack.states import ServiceState

WORKER = {
    "name": "worker", "role": "service", "pid": 70, "start": 5, "code": None, "gone": False, "paused": False,
    "version": "", "detail": "",
}  # fmt: skip
IDENTITY = "shop-local"


class Guard:
    """A guard that notices the exit of its only program late: when asked for the third time."""

    def __init__(self, *, notices: int) -> None:
        self.asked = 0
        self.notices = notices

    def ask(self, folder: Path, verb: str) -> dict[str, list[dict[str, object]]]:
        """Its programs."""
        self.asked += 1
        return {"children": [WORKER | ({"gone": True, "code": 3} if self.asked >= self.notices else {})]}


@pytest.fixture
def guard(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Guard:
    """The environment's guard; its program has exited."""
    guard = Guard(notices=3)
    monkeypatch.setattr(paths, "state", lambda identity, *, make=True: tmp_path)
    monkeypatch.setattr(supervising.client, "ask", guard.ask)
    monkeypatch.setattr(kernel, "started", lambda pid: -1)
    monkeypatch.setattr(supervising, "_LOOK", 0)
    return guard


def test_a_close_look_waits_until_the_guard_has_noticed_an_exit(guard):
    worker = supervising.observe(IDENTITY, closely=True).services["worker"]
    assert (worker.state, worker.exit_code, guard.asked) == (ServiceState.EXITED, 3, 3)


def test_what_has_exited_does_not_run_even_if_the_guard_never_notices(guard, monkeypatch):
    guard.notices = 1000
    monkeypatch.setattr(supervising, "_NOTICES", 0)
    assert supervising.observe(IDENTITY, closely=True).services["worker"].state is ServiceState.EXITED


def test_a_close_look_at_what_runs_asks_once(guard, monkeypatch):
    monkeypatch.setattr(kernel, "started", lambda pid: WORKER["start"])
    guard.notices = 1000
    assert supervising.observe(IDENTITY, closely=True).services["worker"].state is ServiceState.RUNNING
    assert guard.asked == 1
