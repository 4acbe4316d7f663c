"""localenv's own scripts that run beside an environment."""

import os
import pwd
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from localenv.engines.native import scripts
from localenv.engines.native.scripts import unprivileged


def test_what_gives_way_is_the_same_process_and_runs_only_when_nobody_else_wants_to() -> None:
    program = "import os; print(os.getpid(), os.nice(0), getattr(os, 'sched_getscheduler', lambda pid: '')(0))"
    argv = scripts.argv("idle", sys.executable, "-c", program)
    # it gives way with its whole session, which must not be that of the tests
    child = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, start_new_session=True)

    output, _ = child.communicate(timeout=60)

    assert output.split() == [str(child.pid), "19", *([str(os.SCHED_IDLE)] if sys.platform == "linux" else [])]


def test_a_user_whom_the_machine_does_not_know_has_a_name_for_the_program() -> None:
    nobody = next(uid for uid in range(54321, 60000) if uid not in {entry.pw_uid for entry in pwd.getpwall()})
    python = shutil.which("python3", path="/usr/bin:/bin")  # readable for other users
    if sys.platform != "linux" or os.geteuid() != 0 or python is None:
        pytest.skip("only root may be another user")
    if subprocess.run(["unshare", "--user", "true"], user=nobody, capture_output=True).returncode != 0:
        pytest.skip("users may have no namespace here")
    argv = (python, *unprivileged.argv(Path("/"), Path("/usr/bin/id"), "-un")[1:])

    output = subprocess.run(argv, user=nobody, group=nobody, extra_groups=(), capture_output=True, text=True)

    assert output.returncode == 0, output.stderr
    assert pwd.getpwnam(output.stdout.strip()).pw_uid != 0
