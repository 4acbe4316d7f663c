"""httpx is imported without its own command line, in whatever order."""

import subprocess
import sys

import pytest

ASKED = "import sys, httpx, localenv.stubs.asking as asking; print(asking.httpx is httpx, 'httpx._main' in sys.modules)"


@pytest.mark.parametrize(
    ("first", "printed"), [("import localenv.stubs.asking; ", "True False\n"), ("", "True True\n")]
)
def test_a_command_imports_httpx_without_its_command_line(first, printed):
    done = subprocess.run([sys.executable, "-c", first + ASKED], capture_output=True, text=True, check=True)

    assert done.stdout == printed
