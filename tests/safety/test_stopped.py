"""Stopped processes (SIGSTOP, Ctrl-Z) block nothing: not the guard, a keeper or a program, and no command."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from localenv.guard import client, where
from localenv.host import kernel, waiting
from tests.world.waiting import until
from tests.world.world import Make, World

ENGINES = ["native", pytest.param("compose", marks=pytest.mark.docker)]
MOST = 30  # seconds for any command
FULL = pytest.mark.full
EXECUTED = False


def stopped(pid: int) -> None:
    os.kill(pid, signal.SIGSTOP)
    until(lambda: kernel.is_stopped(pid), "it stands still")


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def child_of(one: World, name: str) -> int:
    return next(child["pid"] for child in client.ask(one.state, "list")["children"] if child["name"] == name)


@pytest.fixture
def one(world: Make) -> Iterator[World]:
    made = world("native")
    made.run("up", "--detach")
    yield made
    made.run("down", timeout=MOST)
    assert made.is_gone(0)


@pytest.mark.parametrize(
    "words", ["status", *(pytest.param(one, marks=FULL) for one in ("logs", "up --detach", "reset")), "down"]
)
def test_a_guard_that_was_stopped_goes_on(one: World, words: str) -> None:
    stopped(where.read(one.state)["pid"])
    assert one.run(*words.split(), timeout=MOST).seconds < MOST


@pytest.mark.parametrize("words", [pytest.param("status", marks=FULL), "up --detach", "down"])
def test_a_keeper_that_was_stopped_keeps_nobody_waiting(one: World, words: str) -> None:
    stopped(parent(child_of(one, "api")))
    assert one.run(*words.split(), timeout=MOST).seconds < MOST


@pytest.mark.parametrize("name", ["api", pytest.param("cache", marks=FULL)])
def test_a_program_that_was_stopped_keeps_nobody_waiting_for_its_end(one: World, name: str) -> None:
    stopped(child_of(one, name))
    assert one.run("down", timeout=MOST).seconds < MOST


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("message", ["cache: starting", pytest.param("api: starting", marks=FULL)])
def test_down_ends_an_up_that_was_stopped(world: Make, engine: str, message: str) -> None:
    one = world(engine)
    child = one.start("up")
    child.wait_for(message)
    stopped(child.pid)
    one.run("down", timeout=MOST)
    assert child.wait(MOST) == 130
    assert one.is_gone()


def test_down_ends_another_command_that_holds_the_lock_and_stands_still(one: World) -> None:
    holder = one.start_program(one.program[0], "-c", HOLDING, one.identity)
    until(lambda: "held" in holder.text, "it holds the lock")
    stopped(holder.pid)
    done = one.run("down", timeout=MOST)
    assert f"process {holder.pid}" in done.err
    assert holder.wait(60) != 0


def test_down_tells_a_command_that_holds_the_lock_for_long_to_end(one: World) -> None:
    holder = one.start_program(one.program[0], "-c", HOLDING, one.identity)
    until(lambda: "held" in holder.text, "it holds the lock")
    done = one.run("down", timeout=MOST)
    assert f"waiting for process {holder.pid}" in done.err
    assert "it was asked to exit" in done.err
    assert holder.wait(60) != 0


def test_a_command_says_within_five_seconds_whom_it_waits_for_and_how_to_end_that(one: World) -> None:
    holder = one.start_program(one.program[0], "-c", HOLDING, one.identity)
    until(lambda: "held" in holder.text, "it holds the lock")
    child = one.start("reset")
    child.wait_for(f"kill {holder.pid}")
    assert f"waiting for process {holder.pid}" in child.text
    child.signal(signal.SIGINT)
    assert child.wait(60) == 130
    holder.kill()
    holder.wait(60)


HOLDING = """
import sys, time
from localenv.state import locking
with locking.lock(sys.argv[1]):
    print("held", flush=True)
    time.sleep(600)
"""


def test_a_guard_that_never_answers_is_as_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_ANSWER", 2.0)
    monkeypatch.setattr(waiting, "SILENT", 0.5)
    announced: list[str] = []
    monkeypatch.setattr(waiting, "_listeners", [announced.append])
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.bind(str(tmp_path / "s"))
        deaf.listen()
        own = os.getpid()
        document = {"socket": str(tmp_path / "s"), "pid": own, "start": kernel.started(own), "children": {}}
        where.write(tmp_path, {**document, "boot": kernel.boot()})
        began = time.monotonic()
        with pytest.raises(client.NoGuard, match="did not answer"):
            client.ask(tmp_path, "list")
    assert time.monotonic() - began < 30
    assert announced[0].startswith("waiting for the guard")
