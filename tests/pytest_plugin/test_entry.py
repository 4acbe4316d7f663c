"""The module that every pytest run on a machine imports."""

import subprocess
import sys

# modules that pytest itself has imported cost nothing
IMPORTED = """
import sys
import pytest
before = set(sys.modules)
import localenv.pytest_plugin
print(*sorted(set(sys.modules) - before))
"""


def test_it_imports_nothing_but_itself() -> None:
    output = subprocess.run([sys.executable, "-c", IMPORTED], capture_output=True, text=True, check=True).stdout

    assert set(output.split()) <= {"localenv", "localenv.pytest_plugin", "localenv.pytest_plugin.settings"}
