"""While a folder is being prepared, the end of `up` also ends the steps, with everything they started."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from localenv import environment, paths, state
from localenv.engines import Cached
from localenv.engines.native import caching
from localenv.environment.down import removing
from localenv.host import kernel
from localenv.paths import caches
from tests.conftest import Repository
from tests.world.waiting import until

DESCRIPTION = """
name: toy
services:
  api:
    build: ../app
    command: python -m http.server ${port}
    port: 8000
    native: {setup: [{command: python slow.py, inputs: [slow.py]}]}
"""
SLOW = """
import os, subprocess, sys, time
wait = "import os, time; print(os.getpid(), file=open('pids', 'a'), flush=True); time.sleep(600)"
subprocess.Popen([sys.executable, "-c", wait])
subprocess.Popen([sys.executable, "-c", wait], start_new_session=True)
exec(wait)
"""


@pytest.fixture
def preparing(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple["subprocess.Popen[bytes]", list[int]]]:
    """A `localenv up` that prepares a folder, and the processes of its steps."""
    folder = repository({"app/Dockerfile": "FROM scratch", "app/slow.py": SLOW, "envs/local.yaml": DESCRIPTION})
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
    variables = {**os.environ, "PYTHONPATH": str(Path(environment.__file__).parents[2])}
    argv = [sys.executable, "-m", "localenv", "up", "--engine", "native"]
    pids: list[int] = []
    with subprocess.Popen(argv, cwd=folder, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as up:
        try:
            until(lambda: _written(folder) == 3, "the processes of the setup")
            pids += map(int, (folder / "app/pids").read_text().split())
            yield up, pids
        finally:
            up.kill()
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            for record in state.known():
                removing.down(record.identity)


def _written(folder: Path) -> int:
    with suppress(FileNotFoundError):
        return (folder / "app/pids").read_text().count("\n")
    return 0


@pytest.mark.skipif(sys.platform != "linux", reason="what changes its session is followed on Linux alone")
@pytest.mark.parametrize(
    "number",
    [
        pytest.param(signal.SIGINT, marks=pytest.mark.full),
        pytest.param(signal.SIGTERM, marks=pytest.mark.full),
        signal.SIGKILL,
    ],
)
def test_an_up_that_ends_while_a_folder_is_prepared_leaves_nothing_of_that_running(
    preparing: tuple["subprocess.Popen[bytes]", list[int]], number: signal.Signals
) -> None:
    up, pids = preparing
    assert [one.in_use for one in prepared()] == [True]

    up.send_signal(number)

    assert up.wait() == (-signal.SIGKILL if number is signal.SIGKILL else 130)
    until(lambda: all(kernel.started(pid) < 0 for pid in pids), "all of them to end")
    until(lambda: not paths.states(), "the environment to be gone")
    assert not list((caches.folder() / "setups").glob("*/done"))
    assert all(caching.remove(one) for one in prepared() if not one.in_use)
    assert prepared() == []


def prepared() -> list[Cached]:
    return [one for one in caching.cached() if one.kind == "setups"]
