"""The module that every run of pytest on a machine loads."""

import subprocess
import sys

# what pytest has loaded already costs nothing
MEASURED = """
import sys, time
import pytest
before = set(sys.modules)
began = time.process_time()
import localenv.pytest_plugin
took = time.process_time() - began
print(took, *sorted(set(sys.modules) - before))
"""


def measured() -> tuple[float, set[str]]:
    out = subprocess.run([sys.executable, "-c", MEASURED], capture_output=True, text=True, check=True).stdout.split()
    return float(out[0]), set(out[1:])


def test_it_imports_nothing_but_itself() -> None:
    _, modules = measured()

    assert modules <= {"localenv", "localenv.pytest_plugin", "localenv.pytest_plugin.settings"}


def test_it_takes_less_than_ten_milliseconds() -> None:
    assert min(measured()[0] for _ in range(5)) < 0.010
