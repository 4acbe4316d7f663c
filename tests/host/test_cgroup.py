"""Control groups: all processes in one are killed with one write, and no empty group is left."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex

import pytest

from localenv.host import cgroup

WAIT = "import os, sys, time; print(flush=True); time.sleep(600)"


@pytest.fixture
def group() -> Iterator[Path]:
    made = cgroup.made(f"localenv.test.{token_hex(4)}")
    if made is None:
        pytest.skip("this user may make no control group here")
    yield made
    cgroup.end(made)


def test_a_group_that_is_ended_is_gone_with_all_that_is_in_it(group: Path) -> None:
    argv = [sys.executable, "-c", f"import subprocess, sys; subprocess.run([sys.executable, '-c', {WAIT!r}])"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, preexec_fn=lambda: cgroup.enter(group)) as child:
        assert child.stdout
        child.stdout.readline()
        assert len((group / "cgroup.procs").read_text().split()) == 2

        cgroup.end(group)

        assert not group.exists()
        assert child.wait(60) < 0
    cgroup.end(group)
