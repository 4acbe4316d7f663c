"""A moment in the future stays as far away when the system clock is changed."""

import time
from dataclasses import asdict, replace

import pytest

from localenv.host import deadlines, kernel


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """The system clock, and the seconds since boot."""
    now = {"clock": 1_000_000.0, "boot": 500.0}
    monkeypatch.setattr(time, "time", lambda: now["clock"])
    monkeypatch.setattr(kernel, "since_boot", lambda: now["boot"])
    return now


@pytest.mark.parametrize("jump", [-86_400, 0, 86_400])
def test_a_change_of_the_clock_moves_no_deadline(clock: dict[str, float], jump: float) -> None:
    deadline = deadlines.after(60)
    clock["clock"] += jump + 20
    clock["boot"] += 20
    assert deadline.left == 40
    clock["boot"] += 40
    assert deadline.left == 0


def test_after_a_restart_of_the_machine_the_clock_counts(clock: dict[str, float]) -> None:
    deadline = replace(deadlines.after(60), boot="another")
    clock["clock"] += 20
    clock["boot"] = 1
    assert deadline.left == 40


def test_a_deadline_is_read_from_its_record(clock: dict[str, float]) -> None:
    deadline = deadlines.after(60)
    assert deadlines.of_record({"until": deadline.until, "deadline": asdict(deadline)}) == deadline
    assert deadlines.of_record({"until": None, "deadline": None}) is deadlines.of_record({}) is None
    of_an_older_version = deadlines.of_record({"until": clock["clock"] + 60})
    assert of_an_older_version is not None
    assert of_an_older_version.left == 60
