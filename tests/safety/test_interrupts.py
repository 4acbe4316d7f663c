"""Interrupts, kills, closed pipes and terminals: however a command ends, nothing of it is left."""

import os
import pty
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from localenv.host import kernel
from tests.world import engines
from tests.world.commands import LOCALENV
from tests.world.waiting import until
from tests.world.world import SMALL

ENGINES = engines.each()
FULL = pytest.mark.full
MOMENTS = ["cache: starting", "cache: ready", "api: starting", "following the logs"]


@pytest.mark.parametrize("engine", ENGINES)
def test_an_interrupt_while_it_starts_rolls_back_and_exits_with_130(world, engine):
    one = world(engine)
    one.describe(SMALL.replace("http.server ${port}", "http.server 1"))  # never becomes ready
    child = one.start("up")
    child.wait_for("api: starting")
    child.signal(signal.SIGINT)
    assert child.wait(60) == 130
    assert "interrupted; everything removed" in child.text
    assert one.is_gone(0)


EVALUATING = """
import os, signal, sys
from localenv.cli import signals
with signals.handled():
    try:
        exec("os.kill(os.getpid(), signal.SIGINT)\\nwhile True: pass")
    except KeyboardInterrupt:
        sys.exit(130)
"""


def test_an_interrupt_in_the_middle_of_an_import_changes_no_exit_code(tmp_path):
    (tmp_path / "evaluating.py").write_text(EVALUATING)
    ended = subprocess.run([sys.executable, "-m", "evaluating"], cwd=tmp_path, timeout=20, check=False)
    assert ended.returncode == 130


OWN = r'File ".*/localenv/(?!__(init|main)__)'  # in a traceback: code that runs once signals are handled
EARLY = [pytest.param(n, marks=() if n % 30 == 5 else FULL) for n in range(120)]


@pytest.mark.parametrize("number", EARLY)
def test_an_early_interrupt_always_exits_with_130(world, number):
    one = world("native")
    child = one.start("up")
    time.sleep(number / 120)
    child.signal(signal.SIGINT)
    code = child.wait(60)
    is_python_itself = "KeyboardInterrupt" in child.text and not re.search(OWN, child.text)  # it was still starting
    assert is_python_itself or code in (130, -signal.SIGINT), child.text
    assert is_python_itself or "Traceback" not in child.text, child.text
    assert one.is_gone()


@pytest.mark.parametrize("engine", engines.each(compose=FULL))
def test_a_second_interrupt_ends_within_200_ms_and_the_guard_removes_the_rest(world, engine):
    one = world(engine)
    child = one.start("up")
    child.wait_for("following the logs")
    child.signal(signal.SIGINT)
    time.sleep(0.1)
    began = time.monotonic()
    child.signal(signal.SIGINT)
    assert child.wait(60) == 130
    assert time.monotonic() - began < 15
    assert one.is_gone()


KILLS = [
    pytest.param(moment, whole, id=f"{moment}-{'group' if whole else 'command'}", marks=() if is_usual else FULL)
    for moment in range(len(MOMENTS))
    for whole in (False, True)
    for is_usual in [(moment, whole) in ((0, False), (3, True))]
]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("moment", "whole"), KILLS)
def test_a_kill_leaves_nothing(world, engine, moment, whole):
    one = world(engine)
    child = one.start("up")
    child.wait_for(MOMENTS[moment])
    (os.killpg if whole else os.kill)(child.pid, signal.SIGKILL)
    child.wait(60)
    assert one.is_gone()


@pytest.mark.docker
def test_a_kill_of_the_compose_that_works_for_it_is_told_and_leaves_nothing(world):
    one = world("compose")
    child = one.start("up")
    mark = f"LOCALENV_GUARD={one.identity}"

    def kill() -> bool:
        for pid in kernel.marked(mark):
            with suppress(ProcessLookupError):  # a part of it may have exited with the previous one
                os.kill(pid, signal.SIGKILL)
        return child.child.poll() is not None

    until(kill, "the end of up")  # one killed call may be made again
    assert child.wait(60) in (1, 4, 5)
    assert one.is_gone(0)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("number", [signal.SIGTERM, pytest.param(signal.SIGHUP, marks=FULL)])
def test_a_signal_to_end_removes_everything(world, engine, number):
    one = world(engine)
    child = one.start("up")
    child.wait_for("following the logs")
    child.signal(number)
    assert child.wait(60) == 130
    assert one.is_gone(0)


def test_a_pipe_that_is_closed_ends_it_cleanly(world):
    one = world("native")
    child = subprocess.Popen(
        [*LOCALENV, "up"], cwd=one.folder, env=one.variables, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert child.stdout is not None
    assert any("following the logs" in line for line in child.stdout)
    child.stdout.close()
    one.note()
    port = one.record()["ports"]["api"]
    # either makes it print something; the first may end it before the second
    subprocess.run(["bash", "-c", f"echo >/dev/tcp/127.0.0.1/{port}"], check=False)
    subprocess.run(
        ["python3", "-c", f"import urllib.request as r; r.urlopen('http://127.0.0.1:{port}/envs').read()"], check=False
    )
    assert child.wait(60) == 141
    assert one.is_gone(1)


def test_a_terminal_that_is_closed_ends_it_cleanly(world):
    one = world("native")
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(one.folder)
        os.execvpe(LOCALENV[0], [*LOCALENV, "up"], one.variables)
    output = b""
    while b"following the logs" not in output:
        output += os.read(terminal, 4096)
    one.note()
    os.close(terminal)
    os.waitpid(pid, 0)
    assert one.is_gone()


def test_a_kill_while_another_command_removes_leaves_that_to_the_guard(world):
    one = world("native")
    one.run("up", "--detach")
    child = one.start("down")
    until(lambda: one.record().get("state") == "stopping" or child.code is not None, "removal")
    child.kill()
    assert one.is_gone()


STUBBORN = Path(__file__).parent / "stubborn.py"


@pytest.mark.parametrize(
    "how", [pytest.param("ignores", marks=FULL), "daemon", pytest.param("session", marks=FULL), "zombies"]
)
def test_a_service_that_does_not_want_to_end_ends_with_its_owner(world, how):
    one = world("native")
    one.describe(f"""
name: NAME
services:
  api:
    build: ..
    command: python3 {STUBBORN} {how} ${{port}}
    port: 8000
    native: {{working_dir: ..}}
""")
    (one.folder / "Dockerfile").write_text("FROM scratch\n")
    child = one.start("up")
    child.wait_for("following the logs")
    child.kill()
    assert one.is_gone()
