"""Native: kills at many moments of `up` and `down`, and at every write of the state; full disks."""

import os
import resource
import signal
import subprocess
import sys
import time

import pytest

from localenv import state
from tests.world.waiting import until
from tests.world.world import World

POINTS = 100  # of each of `up` and `down`
EACH = 0.02  # seconds between two
OFTEN = (20, 45)
FULL = pytest.mark.full
MOST = 30  # seconds for any command

WRITES = """
import os, pathlib, signal, sys
real, left = pathlib.Path.replace, [int(sys.argv.pop(1))]
def replace(self, target):
    left[0] -= 1
    if left[0] == 0:
        if {after}: real(self, target)
        os.kill(os.getpid(), signal.SIGKILL)
    return real(self, target)
pathlib.Path.replace = replace
from localenv.cli import main
sys.exit(main())
"""

SPAWNED = """
import os, signal, subprocess, sys
real = subprocess.Popen.__init__
def start(self, argv, **more):
    real(self, argv, **more)
    if "localenv.guard.serving" in str(argv):
        os.kill(os.getpid(), signal.SIGKILL)
subprocess.Popen.__init__ = start
from localenv.cli import main
sys.exit(main())
"""


def points():
    return [pytest.param(number, marks=() if number in OFTEN else FULL) for number in range(POINTS)]


@pytest.mark.parametrize("number", points())
def test_an_up_that_is_killed_at_any_moment_leaves_nothing(world, number):
    one = world("native")
    child = one.start("up")
    time.sleep(number * EACH)
    one.note()
    child.kill()
    assert one.is_gone()


STOPS = [
    pytest.param(number, whom, marks=() if (number, whom) in ((20, "guard"), (45, "up")) else FULL)
    for number in range(POINTS)
    for whom in ("up", "guard")
]


@pytest.mark.parametrize(("number", "whom"), STOPS)
def test_what_is_stopped_at_any_moment_of_an_up_keeps_no_command_waiting(world, number, whom):
    one = world("native")
    child = one.start("up")
    time.sleep(number * EACH)
    pid = child.pid if whom == "up" else one.guard()
    if pid and child.code is None:
        os.kill(pid, signal.SIGSTOP)
    for words in ("status", "ls", "logs", "down"):
        assert one.run(*words.split(), code=None, timeout=MOST).seconds < MOST
    if not (one.state.exists() or _ends(child)):  # an `up` that was stopped before it had begun, or goes on
        child.signal(signal.SIGCONT)
        child.signal(signal.SIGINT)
    child.wait(MOST)
    assert one.is_gone()


@pytest.mark.parametrize("number", points())
def test_a_down_that_is_killed_at_any_moment_is_finished_or_has_not_begun(world, number):
    one = world("native")
    one.run("up", "--detach")
    child = one.start("down")
    time.sleep(number * EACH)
    child.kill()
    if one.record().get("state") == "ready":
        one.run("down")
    assert one.is_gone()


def _ends(child):
    end = time.monotonic() + 5
    while child.code is None and time.monotonic() < end:
        time.sleep(EACH)
    return child.code is not None


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("number", [pytest.param(n, marks=() if n == 3 else FULL) for n in range(1, 16)])
def test_a_kill_at_a_write_leaves_the_old_state_or_the_new_and_then_nothing(world, number, when):
    one = world("native")
    program = WRITES.format(after=when == "after")
    argv = [sys.executable, "-c", program, str(number), "up"]
    child = subprocess.Popen(
        argv, cwd=one.folder, env=one.variables, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    with child:
        assert child.stdout is not None
        for line in child.stdout:
            if "following the logs" in line:  # it has fewer writes
                child.send_signal(signal.SIGTERM)
    assert one.is_gone()


@pytest.mark.parametrize("engine", ["native", pytest.param("compose", marks=pytest.mark.docker)])
def test_an_up_that_is_killed_as_soon_as_it_has_started_its_guard_leaves_not_even_its_lock(world, engine):
    one = world(engine)
    done = subprocess.run([sys.executable, "-c", SPAWNED, "up"], cwd=one.folder, env=one.variables, check=False)
    one.note()
    assert done.returncode == -signal.SIGKILL
    until(lambda: not one.left(), "nothing left", more=lambda: str(one.left()))


@pytest.mark.skipif(os.getuid() != 0, reason="mounts a small disk")
@pytest.mark.parametrize("size", ["16k", pytest.param("32k", marks=FULL), pytest.param("64k", marks=FULL)])
def test_a_full_disk_is_told_by_name_and_leaves_nothing(world, tmp_path, monkeypatch, size):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("nothing can be mounted here")
    try:
        monkeypatch.setenv("XDG_STATE_HOME", str(disk))
        one: World = world("native")
        child = one.start("up")
        until(lambda: child.code is not None or "following the logs" in child.text, "an end, or a start")
        child.end(signal.SIGTERM)
        output = child.text
        assert "Traceback" not in output
        assert "a bug in localenv" not in output
        assert one.is_gone()
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def test_a_disk_that_fills_up_keeps_nobody_from_removing(world, monkeypatch):
    one = world("native")
    one.run("up", "--detach")
    child = one.start("down", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)))
    child.wait(60)
    assert one.is_gone()


def test_a_record_that_cannot_be_written_leaves_the_old_one(world):
    one = world("native")
    one.run("up", "--detach")
    before = (one.state / "state.json").read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (64, limits[1]))
        with pytest.raises(OSError, match="too large"):
            state.save(state.load(one.identity).but(detail="new"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert (one.state / "state.json").read_bytes() == before
    assert not list(one.state.glob(".state.json.*"))
    one.run("down")
