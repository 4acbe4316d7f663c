"""What a guard runs later is there under the name that it was given, also after an update."""

import subprocess

from localenv.environment import tasks
from localenv.guard import client


def test_what_guards_were_told_to_run_keeps_its_name():
    assert {"remove", "end-overrides", "restore", "restart-stubs"} <= {*tasks.TASKS}
    assert client.task("remove", "shop-local-abcdef")[1:4] == ("-P", "-m", "localenv.environment.tasks")


def test_what_is_already_removed_takes_no_error():
    task = client.task("end-overrides", "shop-local-abcdef")
    done = subprocess.run(task, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
