"""Programs of localenv's own that run beside an environment."""

import os
import subprocess
import sys

from localenv.engines.native import scripts


def test_what_gives_way_is_the_same_process_and_runs_only_when_nobody_else_wants_to() -> None:
    told = "import os; print(os.getpid(), os.nice(0), getattr(os, 'sched_getscheduler', lambda pid: '')(0))"
    child = subprocess.Popen(scripts.argv("giving_way", sys.executable, "-c", told), stdout=subprocess.PIPE, text=True)

    said, _ = child.communicate(timeout=60)

    assert said.split() == [str(child.pid), "19", *([str(os.SCHED_IDLE)] if sys.platform == "linux" else [])]
