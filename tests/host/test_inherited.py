"""The mark that descendants cannot clear: found by others, also without an environment and in a new session."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from localenv.host import inherited, kernel
from tests.world.waiting import until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the mark is a limit of Linux")

PROGRAM = """
import os, sys, time
sys.path.insert(0, sys.argv[1])
from localenv.host import inherited
inherited.mark(sys.argv[2])
if os.fork() == 0:
    os.setsid()
    os.execve(sys.executable, [sys.executable, "-I", "-S", "-c", "import time; time.sleep(600)"], {})
time.sleep(600)
"""


@pytest.fixture
def name() -> Iterator[str]:
    made = f"shop-local-{os.getpid()}"
    yield made
    for pid in inherited.marked(made):
        os.kill(pid, 9)


def test_a_child_with_a_cleared_environment_and_its_own_session_is_found(name: str) -> None:
    argv = [sys.executable, "-c", PROGRAM, str(Path(inherited.__file__).parents[2]), name]
    with subprocess.Popen(argv) as child:
        until(lambda: len(inherited.marked(name)) == 2, "parent and child")
        child.kill()
        child.wait()
        (left,) = inherited.marked(name)
    assert not Path(f"/proc/{left}/environ").read_bytes()
    os.kill(left, 9)
    until(lambda: kernel.started(left) == -1, "its end")


def test_another_name_finds_nothing(name: str) -> None:
    assert inherited.marked(f"{name}-2") == []
