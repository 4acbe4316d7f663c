"""Traces of what was killed together: processes without an environment, shared memory, cache, locks, deleted state."""

import os
import shutil
import signal
import sys
import time
from pathlib import Path

import pytest

from localenv.guard import client
from localenv.host import cgroup, inherited, kernel
from localenv.paths import caches
from tests.safety.test_stopped import parent
from tests.world.waiting import until
from tests.world.world import SMALL, Make

FULL = pytest.mark.full
STUBBORN = Path(__file__).with_name("stubborn.py")
POSTGRES = SMALL.replace("cache: redis", "cache: postgres")
POINTS = [pytest.param(number, marks=() if number in (3, 12) else FULL) for number in range(30)]
EACH = 0.1  # seconds between two points
SEGMENTS = (Path("/proc/sysvipc/shm"), Path("/dev/shm"))


def shared_memory() -> set[str]:
    named = {entry.name for entry in SEGMENTS[1].iterdir() if "postgres" in entry.name.lower()}
    return named.union(line.split()[1] for line in SEGMENTS[0].read_text().splitlines()[1:])


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A cache of its own, with the programs that were downloaded already."""
    made = tmp_path / "cache" / "localenv"
    made.mkdir(parents=True, mode=0o700)
    for name in ("versions", "wiremock"):
        if (caches.folder() / name).is_dir():
            (made / name).symlink_to(caches.folder() / name)
    return made


@pytest.mark.skipif(sys.platform != "linux", reason="looks at shared memory as Linux shows it")
@pytest.mark.parametrize("number", POINTS)
def test_a_kill_while_postgres_is_initialised_leaves_no_memory_and_no_folder(
    world: Make, cache: Path, number: int
) -> None:
    before = shared_memory()
    one = world("native")
    one.describe(POSTGRES)
    one.own["XDG_CACHE_HOME"] = str(cache.parent)
    child = one.start("up")
    until(lambda: list((cache / "postgres").glob(".making-*")), "the first folder")
    time.sleep(number * EACH)
    one.note()
    os.killpg(child.pid, signal.SIGKILL)
    assert one.is_gone()
    until(lambda: not list((cache / "postgres").glob(".*-*")), "no folder of an unfinished database")
    assert not shared_memory() - before


def hidden(identity: str) -> list[int]:
    """Processes of the environment that have cleared their environment variables."""
    return [pid for pid in inherited.marked(identity) if b"LOCALENV" not in Path(f"/proc/{pid}/environ").read_bytes()]


def leave_groups(identity: str) -> None:
    """Move the environment's processes out of its control groups, as on a machine without them."""
    for group in cgroup.named(f"localenv.{identity}."):
        for pid in (group / "cgroup.procs").read_text().split():
            (group.parent / "cgroup.procs").write_text(pid)


@pytest.mark.parametrize("command", ["down", "ls"])
def test_guard_and_keepers_killed_at_once_leave_no_child_that_has_cleared_its_environment(
    world: Make, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    one = world("native")
    one.describe(SMALL.replace("python3 -m http.server ${port}", f"python3 {STUBBORN} daemon ${{port}}"))
    child = one.ready()
    until(lambda: hidden(one.identity), "a child without an environment")
    leave_groups(one.identity)
    keepers = {parent(each["pid"]) for each in client.ask(one.state, "list")["children"]}
    one.note()
    for pid in (one.guard(), *keepers, child.pid):
        os.kill(pid, signal.SIGSTOP)
    for pid in (one.guard(), *keepers, child.pid):
        os.kill(pid, signal.SIGKILL)
    child.wait(60)
    one.run(command)
    until(lambda: not inherited.marked(one.identity), "the end of all")
    assert one.is_gone()


@pytest.mark.parametrize("engine", ["native", pytest.param("compose", marks=pytest.mark.docker)])
def test_state_that_is_deleted_under_an_up_ends_it_with_a_message_and_nothing_is_left(world: Make, engine: str) -> None:
    one = world(engine)
    child = one.ready()
    one.note()
    shutil.rmtree(one.state)
    assert child.wait() == 1
    assert f"{one.state} was deleted while the environment was running" in child.text
    assert one.is_gone()


def test_down_removes_what_runs_after_its_state_was_deleted(world: Make) -> None:
    one = world("native")
    one.run("up", "--detach")
    shutil.rmtree(one.state)
    assert f"removed {one.identity}" in one.run("down").text
    assert one.is_gone()


def test_a_guard_that_is_killed_during_up_leaves_no_folder(world: Make) -> None:
    one = world("native")
    one.describe(SMALL.replace("python3 -m http.server ${port}", "python3 -c 'import time; time.sleep(600)'"))
    child = one.start("up")
    child.wait_for("api: starting")
    os.kill(one.guard(), signal.SIGKILL)
    assert child.wait() != 0
    assert one.is_gone()


def test_a_down_that_is_killed_while_it_waits_leaves_no_request(world: Make) -> None:
    one = world("native")
    one.describe(SMALL.replace("python3 -m http.server ${port}", "python3 -c 'import time; time.sleep(600)'"))
    child = one.start("up")
    child.wait_for("api: starting")
    os.kill(child.pid, signal.SIGSTOP)
    until(lambda: kernel.is_stopped(child.pid), "it stands still")
    request = one.states / ".locks" / f"{one.identity}.down"
    down = one.start("down")
    until(lambda: request.exists() and not kernel.is_stopped(child.pid), "the request, and that it goes on to end")
    down.kill()
    child.wait()
    assert one.is_gone()
    one.run("ls")
    assert not request.exists()
