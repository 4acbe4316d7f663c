import os
from threading import Barrier

import pytest

from localenv import state
from localenv.environment.down import removing
from localenv.errors import EngineError
from localenv.state import Record
from tests.cli.conftest import Call

TOGETHER = 60  # seconds that only a hang reaches


def recorded(*names: str, endpoint: str = "") -> None:
    for name in names:
        place = {"folder": "/nowhere", "description": "/nowhere/envs/local.yaml", "engine": "compose"}
        state.save(Record(identity=name, name=name, env="local", endpoint=endpoint, **place))


def test_several_environments_are_removed_side_by_side(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    recorded("one-local-000001", "two-local-000002")
    both = Barrier(2, timeout=TOGETHER)
    monkeypatch.setattr(removing, "down", lambda name, **more: both.wait() >= 0)

    done = call("down", "two-local-000002", "one-local-000001")

    assert done.out == "removed two-local-000002\nremoved one-local-000001\n"
    assert done.code == 0


def test_one_that_cannot_be_removed_keeps_none_of_the_others(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    recorded("one-local-000001", "two-local-000002")

    def down(name: str, **more: object) -> bool:
        if name.startswith("one"):
            raise EngineError("Docker does not answer")
        return True

    monkeypatch.setattr(removing, "down", down)

    done = call("down", "one-local-000001", "two-local-000002")

    assert "removed two-local-000002" in done.out
    assert (done.code, "Docker does not answer" in done.err) == (EngineError.exit_code, True)


def test_environments_of_two_endpoints_are_removed_one_after_the_other(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded("one-local-000001", endpoint="/run/one.sock")
    recorded("two-local-000002", endpoint="/run/two.sock")
    running: list[str] = []

    def down(name: str, **more: object) -> bool:
        assert not running
        running.append(name)
        os.sched_yield()
        running.remove(name)
        return True

    monkeypatch.setattr(removing, "down", down)

    assert call("down", "one-local-000001", "two-local-000002").code == 0
