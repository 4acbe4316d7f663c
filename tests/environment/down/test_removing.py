"""What is left to do when a process exits without cleaning up."""

import signal
import subprocess
import sys
from types import SimpleNamespace

import pytest

from localenv import paths, state
from localenv.environment.down import guarding, removing
from localenv.host import kernel, waiting
from localenv.stack.states import EnvironmentState
from localenv.state import Owner, locking


@pytest.mark.parametrize(("recorded", "guarded"), [(False, False), (True, False), (False, True)])
def test_the_lock_of_a_removed_environment_does_not_stay(monkeypatch, recorded, guarded):
    monkeypatch.setattr(guarding, "is_there", lambda _: guarded)
    monkeypatch.setattr(state, "is_recorded", lambda _: recorded)
    with locking.lock("shop-local-abcdef"):
        removing.abandon()
        assert paths.lock("shop-local-abcdef").exists() == (recorded or guarded)
    assert locking.held() == ()


HOLDER = """
import signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
with open(sys.argv[1], "a"):
    print(flush=True)
    time.sleep(600)
"""


def test_an_up_that_needs_long_to_exit_is_named_and_one_that_does_not_exit_is_killed(monkeypatch):
    said: list[str] = []
    monkeypatch.setattr(waiting, "_listeners", [said.append])
    file = paths.lock("shop-local-abcdef")
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(file)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        holder.stdout.readline()
        owner = Owner(pid=holder.pid, start=kernel.started(holder.pid), boot=kernel.boot(), is_command=True)
        monkeypatch.setattr(state, "load", lambda _: SimpleNamespace(owner=owner, state=EnvironmentState.STARTING))
        impatience = removing._Impatience("shop-local-abcdef")

        impatience.wait(0.1, holder.pid)
        assert said == []
        for seconds in (4.0, 5.0):
            impatience.wait(seconds, holder.pid)
        assert [text.partition(" (")[0] for text in said] == [f"waiting for process {holder.pid}"]
        assert said[0].endswith(f"to end it: kill {holder.pid}; it was asked to exit")
        assert holder.poll() is None
        impatience.wait(16.0, holder.pid)
        assert holder.wait(60) == -signal.SIGKILL
    impatience.end()
