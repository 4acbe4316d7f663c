"""An interrupt while needs are prepared: nothing is written any more when the clean-up begins."""

import signal
import sys
import threading
import traceback
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from localenv.engines.native import engine, folders
from localenv.engines.native.program import Program
from localenv.errors import EngineError
from localenv.process import Completed
from localenv.stack import Role
from tests.world.waiting import until


def test_an_interrupted_start_is_over_when_nothing_is_made_ready_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    over, was_over = threading.Event(), []

    def make_ready(*_: object) -> Program:
        until(lambda: _waits(threading.main_thread()), "the start to wait")
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        was_over.append(over.wait(0.3))
        return Program(argv=("true",), environment={}, folder=Path())

    def spawn(*_: object) -> None: ...

    monkeypatch.setattr(engine.programs, "backing", make_ready)
    monkeypatch.setattr(engine.supervising, "spawn", spawn)
    place = SimpleNamespace(address=lambda *_: ("127.0.0.1", "1"))
    deployment: Any = SimpleNamespace(identity="one", resolution=SimpleNamespace(place=place))
    need: Any = SimpleNamespace(name="db", role=Role.NEED)
    with pytest.raises(KeyboardInterrupt):
        engine.NativeEngine()._start_together(deployment, [need], ExitStack())
    over.set()

    assert was_over == [False]


def _waits(thread: threading.Thread) -> bool:
    frame = sys._current_frames()[thread.ident or 0]
    names = {one.f_code.co_name for one, _ in traceback.walk_stack(frame)}
    return bool(names & {"result", "shutdown"})


def test_a_copy_that_is_ended_is_not_begun_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "source").mkdir()
    monkeypatch.setattr(folders.process, "run", lambda _: Completed(code=-2, output=""))

    with pytest.raises(EngineError, match="ended by signal 2"):
        folders.clone(tmp_path / "source", tmp_path / "data" / "db")
    assert list((tmp_path / "data").iterdir()) == []
