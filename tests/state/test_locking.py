"""The lock of an environment: one process at a time changes it."""

import fcntl
import os
import signal
import subprocess
import sys
import time

import pytest

from localenv import paths, state
from localenv.environment import recovery
from localenv.errors import LocalenvError
from localenv.state import Record, locking

NAME = "orders-local-123456"


@pytest.fixture
def record() -> Record:
    return Record(
        identity=NAME, name="orders", env="local", folder="/f", description="/f/envs/local.yaml", engine="compose"
    )


HOLDER = """
import sys, time
from localenv.state import locking
with locking.lock(sys.argv[1]):
    print(flush=True)
    time.sleep(60)
"""


def test_the_lock_of_a_killed_process_is_free_again():
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, NAME], stdout=subprocess.PIPE)
    assert holder.stdout
    holder.stdout.readline()
    with (paths.locks() / f"{NAME}.lock").open() as opened, pytest.raises(BlockingIOError):
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)

    holder.kill()
    holder.communicate()

    with locking.lock(NAME):
        pass


def test_nobody_waits_for_a_holder_that_is_stopped_and_stays_so(monkeypatch):
    monkeypatch.setattr(locking, "_STANDSTILL", 0.2)
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, NAME], stdout=subprocess.PIPE)
    assert holder.stdout
    holder.stdout.readline()
    holder.send_signal(signal.SIGSTOP)
    with pytest.raises(LocalenvError, match=f"process {holder.pid} .* is stopped") as refused, locking.lock(NAME):
        pass
    assert f"kill -CONT {holder.pid}; or remove the environment: localenv down {NAME}" in str(refused.value.hint)

    monkeypatch.setattr(locking, "_STANDSTILL", 60)
    began = time.monotonic()
    with pytest.raises(LocalenvError, match=f"process {holder.pid} .* is stopped"), locking.lock(NAME):
        pass
    assert time.monotonic() - began < 30

    holder.kill()
    holder.communicate()


def test_who_waits_for_itself_is_not_told_to_kill_itself():
    assert (
        locking.holder_message(NAME, os.getpid()) == f"waiting until a change to {NAME} that is being applied is done"
    )


def test_locks_of_different_environments_do_not_wait_for_each_other():
    with locking.lock("one"), locking.lock("other"):
        assert {file.name for file in paths.locks().iterdir()} == {"one.lock", "other.lock"}


# each holder creates a file that must not exist, and counts how often it was alone
CONTENDER = """
import os, sys
from pathlib import Path
from localenv.state import locking
name, inside, rounds = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
for number in range(rounds):
    with locking.lock(name, (lambda seconds, holder: None) if number % 2 else None):
        os.close(os.open(inside, os.O_CREAT | os.O_EXCL))
        inside.unlink()
print("alone")
"""


def test_of_processes_that_remove_the_file_of_the_lock_each_time_only_one_is_inside(tmp_path):
    argv = [sys.executable, "-c", CONTENDER, NAME, str(tmp_path / "inside"), "300"]
    contenders = [subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(6)]

    output = [contender.communicate(timeout=120) for contender in contenders]

    assert output == [("alone\n", "")] * 6
    assert not paths.lock(NAME).exists()


def test_a_lock_stays_where_something_is_recorded_or_where_it_is_of_the_machine(record):
    state.save(record)
    with locking.lock(NAME), locking.lock(".ports"):
        pass
    assert {file.name for file in paths.locks().iterdir()} == {f"{NAME}.lock", ".ports.lock"}

    with locking.lock(NAME):
        state.forget(NAME)
    assert {file.name for file in paths.locks().iterdir()} == {".ports.lock"}


def test_locks_that_dead_processes_left_are_swept_and_those_that_are_held_are_not(record):
    other = record.but(identity="orders-ci-abcdef")
    state.save(other)
    for name in (NAME, "shop-local-abcdef", other.identity, ".ports"):
        paths.lock(name).touch()

    with locking.lock(NAME):
        recovery.sweep()
        assert paths.locked() == ("orders-ci-abcdef", NAME)

    assert paths.locked() == ("orders-ci-abcdef",)
    assert paths.lock(".ports").exists()


def test_the_lock_that_somebody_else_has_by_now_is_not_removed():
    with locking.lock(NAME):
        paths.lock(NAME).unlink()
        paths.lock(NAME).touch()
    assert paths.lock(NAME).exists()


def test_an_interrupt_before_the_holder_is_written_down_leaves_no_lock(monkeypatch):
    def interrupted() -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "getpid", interrupted)
    with pytest.raises(KeyboardInterrupt), locking.lock(NAME):
        pytest.fail("it was interrupted before")
    assert not paths.lock(NAME).exists()
    assert NAME not in locking.held()
