"""State shared by the processes of one session, and isolation between sessions."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from localenv import paths
from localenv.pytest_plugin import sharing


@pytest.fixture
def another() -> "subprocess.Popen[bytes]":
    """A process that lives until the test ends."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        yield child
        child.kill()


def test_sessions_of_one_folder_have_numbers_of_their_own(tmp_path: Path, another: "subprocess.Popen[bytes]") -> None:
    first, second = sharing.join(os.getpid(), tmp_path), sharing.join(another.pid, tmp_path)

    assert (first.number, second.number) == (1, 2)
    assert sharing.join(os.getpid(), tmp_path).number == 1
    assert sharing.join(another.pid, tmp_path / "elsewhere").number == 2  # a session has one number


def test_the_number_of_a_session_that_died_is_free(tmp_path: Path, another: "subprocess.Popen[bytes]") -> None:
    dead = sharing.join(another.pid, tmp_path)
    another.kill()
    another.wait()

    assert sharing.join(os.getpid(), tmp_path).number == dead.number
    assert not dead.folder.exists()


def test_what_one_process_records_all_can_read(tmp_path: Path) -> None:
    shared = sharing.join(os.getpid(), tmp_path)
    shared.record("orders-pytest-local-abc123", ready=True, workers=2)

    assert sharing.join(os.getpid(), tmp_path).environments() == {
        "orders-pytest-local-abc123": {"ready": True, "workers": 2}
    }
    shared.leave()
    assert not sharing.exists(os.getpid())
    assert list(paths.session("any").parent.iterdir()) == []


def test_a_place_is_taken_once_and_says_when_it_was_left_behind(tmp_path: Path) -> None:
    shared = sharing.join(os.getpid(), tmp_path)
    first, second = sharing.take_place(shared, 2), sharing.take_place(shared, 2)
    assert [first.number, second.number] == [0, 1]

    first.leave()
    second.opened.close()  # as on the death of a worker
    again = [sharing.take_place(shared, 2), sharing.take_place(shared, 2)]
    assert [(one.number, one.is_left_behind) for one in again] == [(0, False), (1, True)]
    for place in again:
        place.leave()
