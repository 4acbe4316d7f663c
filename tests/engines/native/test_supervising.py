"""What the guard reports of its programs, and what has become of them since."""

import errno
import os
from pathlib import Path

import pytest

from localenv import paths
from localenv.engines.native import supervising
from localenv.engines.native.program import Program
from localenv.errors import NotReadyError
from localenv.guard import client
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


@pytest.mark.parametrize(("number", "limit"), [(errno.EAGAIN, "ulimit -u"), (errno.EMFILE, "ulimit -n")])
def test_a_program_that_a_limit_of_the_machine_keeps_from_starting_is_told_with_the_limit(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, number: int, limit: str
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise client.RequestRefused(os.strerror(number), number)

    monkeypatch.setattr(supervising.client, "ask", refused)
    program = Program(argv=("server",), environment={}, folder=tmp_path)
    with pytest.raises(NotReadyError) as failed:
        supervising.spawn(IDENTITY, "db", "need", program)
    assert failed.value.message == f"cannot start db: `server`: {os.strerror(number)}"
    assert limit in str(failed.value.hint)
