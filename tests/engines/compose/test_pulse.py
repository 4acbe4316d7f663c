"""What keeps Compose from its end: a process of it that is stopped goes on."""

import os
import signal
import subprocess
import sys

import pytest

from localenv.engines.compose import pulse
from localenv.guard import where
from localenv.host import kernel
from tests.world.waiting import until


def test_a_process_of_compose_that_was_stopped_is_continued(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulse, "BEAT", 0.05)
    monkeypatch.setattr(pulse, "answers", lambda address: True)
    argv = [sys.executable, "-c", "import time; print(flush=True); time.sleep(600)"]
    environments = ({where.MARK: "shop-local-0123ab"}, {where.MARK: "shop-local-4567cd"})
    ours, other = (
        subprocess.Popen(argv, env={**os.environ, **one}, stdout=subprocess.PIPE, start_new_session=True)
        for one in environments
    )
    try:
        for one in (ours, other):
            assert one.stdout
            one.stdout.readline()
            one.send_signal(signal.SIGSTOP)
            until(lambda pid=one.pid: kernel.is_stopped(pid), "it stands still")  # type: ignore[misc]

        with pulse.watched("shop-local-0123ab", "no-address"):
            until(lambda: not kernel.is_stopped(ours.pid), "it goes on")

        assert kernel.is_stopped(other.pid)
    finally:
        for one in (ours, other):
            one.kill()
            one.communicate()
