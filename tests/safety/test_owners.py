"""The end of an environment: with its first `up`, a lease, or `down`; and after every process that knew it has died."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from localenv import state
from localenv.guard import client, removal, starting
from tests.safety import daemon as daemons
from tests.world import engines
from tests.world import proxy as proxies
from tests.world.waiting import until
from tests.world.world import SMALL

ENGINES = engines.each(compose=pytest.mark.full)
EXECUTED = False

NEVER = "python3 -c 'import time; time.sleep(600)'"  # never becomes ready


def interrupted(child):
    return child.end(signal.SIGINT, 30)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_later_up_follows_the_first_and_its_interrupt_ends_itself_alone(world, engine):
    one = world(engine)
    first, second = one.ready(), one.ready()
    assert f"the environment belongs to process {first.pid}" in second.text
    assert interrupted(second) == 130
    assert "is still up, it belongs to another process" in second.text
    assert one.runs()
    assert interrupted(first) == 130
    assert one.is_gone(0)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("how", [pytest.param(signal.SIGINT, marks=pytest.mark.full), signal.SIGKILL])
def test_when_the_owner_ends_its_followers_end_with_a_message(world, engine, how):
    one = world(engine)
    first, second = one.ready(), one.ready()
    first.signal(how)
    first.wait()
    assert second.wait() == 0
    assert f"removed: process {first.pid}, its owner, has exited" in second.text
    assert one.is_gone()


def test_an_up_in_the_foreground_takes_over_what_was_detached(world):
    one = world("native")
    one.run("up", "--detach", "--for", "1h")
    child = one.ready()
    assert one.record()["owner"]["pid"] == child.pid
    assert one.record()["lease"] is None
    assert f"removed when its localenv up (pid {child.pid}) exits" in one.run("status").text
    child.kill()
    assert one.is_gone()


def test_a_detached_up_takes_an_environment_from_its_owner_who_then_leaves_it_alone(world):
    one = world("native")
    first = one.ready()
    one.run("up", "--detach")
    assert interrupted(first) == 130
    assert "is still up, `localenv up --detach` in another terminal keeps it" in first.text
    assert one.runs()
    one.run("down")
    assert one.is_gone(0)


@pytest.mark.parametrize("engine", ENGINES)
def test_down_ends_an_up_that_was_ready_with_a_message_and_exit_code_0(world, engine):
    one = world(engine)
    child = one.ready()
    one.run("down")
    assert child.wait(60) == 0
    assert "removed by localenv down in another terminal" in child.text
    assert one.is_gone(0)


@pytest.mark.parametrize("engine", ENGINES)
def test_down_ends_an_up_that_is_still_starting_and_says_who_it_was(world, engine):
    one = world(engine)
    one.describe(SMALL.replace("python3 -m http.server ${port}", NEVER))
    child = one.start("up")
    child.wait_for("api: starting")
    one.run("down")
    assert child.wait(60) == 130
    assert "interrupted by `localenv down`" in child.text
    assert one.is_gone(0)


def test_down_ends_an_up_that_somebody_has_stopped(world):
    one = world("native")
    one.describe(SMALL.replace("python3 -m http.server ${port}", NEVER))
    child = one.start("up")
    child.wait_for("api: starting")
    child.signal(signal.SIGSTOP)
    one.run("down")
    assert child.wait(60) in (130, -signal.SIGKILL)  # killed where it takes too long to end by itself
    assert one.is_gone(0)


def test_a_failed_change_of_a_detached_environment_leaves_it_detached(world):
    one = world("native")
    one.run("up", "--detach")
    text = (one.folder / "envs/local.yaml").read_text()
    one.describe(text.replace("python3 -m http.server", "python3 -m no_such_module"))
    one.run("up", code=5)
    time.sleep(0.5)
    assert one.record()["owner"] is None
    assert client.ask(one.state, "list")["owner"] is None
    one.run("down")


def killed(one, *, guard):
    child = one.ready()
    if guard:
        os.kill(child.pid, signal.SIGSTOP)  # otherwise it could start another guard
        os.kill(one.guard(), signal.SIGKILL)
    child.kill()


@pytest.mark.parametrize("engine", engines.each())
def test_when_the_guard_is_dead_too_the_next_command_finds_what_is_left_and_removes_it(world, engine):
    one = world(engine)
    killed(one, guard=True)
    output = one.run("ls").text
    assert f"removing {one.identity}: its localenv up was killed" in output
    assert "has exited; it is being removed" in output
    assert one.is_gone()


def test_any_command_removes_what_was_left_behind(world):
    one = world("native")
    killed(one, guard=True)
    one.run("schema")
    assert one.is_gone()


def test_up_begins_anew_where_something_was_left_behind(world):
    one = world("native")
    killed(one, guard=True)
    one.run("up", "--detach")
    assert one.runs()
    one.run("down")
    assert one.is_gone(0)


def test_an_up_whose_guard_was_killed_ends_with_what_the_guard_ran(world):
    one = world("native")
    child = one.ready()
    os.kill(one.guard(), signal.SIGKILL)
    assert child.wait(60) == 1
    assert "the guard was killed, and with it everything that it ran" in child.text
    assert one.is_gone()


@pytest.mark.docker
def test_an_up_whose_guard_was_killed_starts_another_where_everything_runs_on(world):
    one = world("compose")
    child = one.ready()
    os.kill(one.guard(), signal.SIGKILL)
    child.wait_for("the guard was killed; another one was started")
    assert one.runs()
    one.note()
    child.kill()
    assert one.is_gone()


def test_what_was_detached_stays_when_its_guard_dies_and_has_one_again_with_the_next_up(world):
    one = world("native")
    one.run("up", "--detach")
    os.kill(one.guard(), signal.SIGKILL)
    assert one.identity in one.run("ls").text
    one.run("up", "--detach")
    assert one.guard()
    one.run("down")
    assert one.is_gone(0)


@pytest.mark.parametrize("kept", ["owner", "lease"])
def test_a_restart_of_the_machine_ends_leases_and_owners(world, kept):
    one = world("native")
    one.run("up", "--detach", "--for", "1h")
    os.kill(one.guard(), signal.SIGKILL)
    record = state.load(one.identity)
    owner = state.Owner(pid=os.getpid(), start=1, boot="another")
    lease = state.Lease(until=10**9, boot="another")
    state.save(record.but(lease=lease) if kept == "lease" else record.but(owner=owner, lease=None))
    assert ": its localenv up was killed" in one.run("ls").text
    assert one.is_gone()


@pytest.mark.docker
def test_what_was_started_on_another_docker_is_found_and_removed_there(world, daemon):
    one = world("compose", daemon.host)
    one.describe(daemons.DESCRIBED)
    one.run("up", "--detach")
    one.host = f"unix://{proxies.DOCKER}"  # this machine's Docker, which does not know it
    child = one.ready()
    assert "nothing changed" in child.text
    os.kill(child.pid, signal.SIGSTOP)
    os.kill(one.guard(), signal.SIGKILL)
    child.kill()
    assert ": its localenv up was killed" in one.run("ls").text
    assert one.is_gone()


def test_down_removes_by_identity_what_no_repository_describes_any_more(world):
    one = world("native")
    one.run("up", "--detach")
    identity = one.identity
    for name in ("envs", ".git", ".localenv"):
        shutil.rmtree(one.folder / name, ignore_errors=True)
    one.run("down", identity)
    assert one.is_gone(0)


def test_down_all_removes_every_environment_of_this_user(world, tmp_path):
    several = [world("native"), world("native")]
    for one in several:
        one.host = f"unix://{tmp_path}/nobody"  # otherwise environments of other users would be removed too
        one.run("up", "--detach")
    output = several[0].run("down", "--all").text
    assert all(f"removed {one.identity}" in output for one in several)
    for one in several:
        assert one.is_gone(0)


def test_a_lease_ends_an_environment_by_itself(world):
    one = world("native")
    assert "is ready" in one.run("up", "--detach", "--for", "2s").text
    assert one.is_gone()


def test_status_and_ls_show_the_time_that_is_left_and_extend_prolongs(world):
    one = world("native")
    one.run("up", "--detach", "--for", "2h")
    assert "removed in 2 h 0 min" in one.run("status").text
    assert one.run("status", "--json").document["detail"] == "removed in 2 h 0 min"
    assert "removed in 2 h 0 min" in one.run("ls").text
    assert "removed in 2 h 30 min" in one.run("extend", "30m").text
    assert "removed in 2 h 30 min" in one.run("status").text
    assert 9000 - 60 < client.ask(one.state, "list")["lease"] <= 9000
    one.run("up", "--detach")
    assert "removed in 2 h 30 min" in one.run("status").text
    one.run("down")
    assert "is not running" in one.run("extend", "30m", code=2).text


def test_an_environment_without_a_lease_cannot_be_prolonged(world):
    one = world("native")
    one.run("up", "--detach")
    assert "has no lease: it stays until localenv down" in one.run("extend", "local", "1h", code=2).text
    one.run("down")


@pytest.mark.parametrize("jump", [86400, -86400])
def test_a_clock_that_jumps_a_day_changes_no_lease(tmp_path, monkeypatch, jump):
    jumps, ended = tmp_path / "jumps", tmp_path / "ended"
    clock = f"import os, time; real = time.time; time.time = lambda: real() + {jump} * os.path.exists({str(jumps)!r}); "
    monkeypatch.setattr(starting, "_PROGRAM", clock + starting._PROGRAM)
    starting.begin(tmp_path, "one-local-123456", teardown=["/bin/touch", str(ended)], owner=None, lease=600.0)
    try:
        jumps.touch()
        assert 500 < client.ask(tmp_path, "list")["lease"] <= 600
        client.ask(tmp_path, "adopt", owner=None, lease=0.5)
        jumps.unlink()
        until(ended.exists, "end of the lease")
    finally:
        removal.remove(tmp_path)


KILLED = """
import os, signal
from localenv import process
from localenv.cli import main
process.background = lambda *values, **more: os.kill(os.getpid(), signal.SIGKILL)
main(["up"])
"""


def test_an_up_that_is_killed_before_its_guard_is_there_has_made_no_folder(world):
    one = world("native")
    ended = subprocess.run([sys.executable, "-c", KILLED], cwd=one.folder, env=one.variables, check=False)
    assert ended.returncode == -signal.SIGKILL
    assert not one.state.exists()


def test_a_look_that_fails_leaves_no_folder(world):
    one = world("native")
    one.describe(SMALL.replace("CACHE: ", 'TOKEN: "${env.NOBODY_SET_THIS}", CACHE: '))
    for arguments in (("up", "--dry-run"), ("status",), ("up",)):
        assert "NOBODY_SET_THIS" in one.run(*arguments, code=2).text
        assert not one.state.exists(), arguments


def test_a_guard_that_was_told_nothing_makes_nothing(tmp_path):
    argv = [sys.executable, "-I", "-S", "-c", starting._PROGRAM, str(Path(starting.__file__).parents[1])]
    ended = subprocess.run(argv, input=b"", capture_output=True, check=False)
    assert b"no request from the owner" in ended.stderr


def test_why_a_guard_does_not_come_up_is_told(world):
    one = world("native")
    states = one.state.parent
    states.mkdir(parents=True)
    one.state.symlink_to(states / "gone" / "away")
    assert ": the guard did not start: FileExistsError" in one.run("up", code=4).text
    one.state.unlink()
