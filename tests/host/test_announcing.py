"""A command that waits for long says what it waits for."""

from queue import Queue

import pytest

from localenv.host import waiting
from localenv.host.announcing import announced


@pytest.fixture
def heard(monkeypatch) -> "Queue[str]":
    texts: Queue[str] = Queue()
    monkeypatch.setattr(waiting, "_listeners", [texts.put])
    return texts


def test_a_long_wait_is_announced_with_the_text_of_that_moment(heard, monkeypatch):
    monkeypatch.setattr(waiting, "SILENT", 0)

    with announced("waiting for db"):
        assert heard.get(timeout=10) == "waiting for db"
    with announced(lambda: "waiting for api"):
        assert heard.get(timeout=10) == "waiting for api"


@pytest.mark.parametrize(("seconds", "text"), [(60, "waiting for db"), (0, "")], ids=["short", "over"])
def test_a_short_wait_and_one_that_is_over_are_not_announced(heard, monkeypatch, seconds, text):
    monkeypatch.setattr(waiting, "SILENT", seconds)
    asked: Queue[None] = Queue()

    def current() -> str:
        asked.put(None)
        return text

    with announced(current):
        if not seconds:
            asked.get(timeout=10)

    assert heard.empty()
