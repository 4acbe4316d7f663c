"""Run localenv like a user: in a folder, with arguments; returns the result."""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.world.commands import KNOWN, Completed, run, run_here, variables

Call = Callable[..., Completed]


@pytest.fixture
def call(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Call:
    """Run a command in this process, in the folder of the test's repository."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    return partial(run_here, capfd)


@pytest.fixture
def python() -> Call:
    """Run Python with localenv on its path, in a child process."""

    def run_python(*arguments: str, **own: str) -> Completed:
        return run([sys.executable, *arguments], folder=Path.cwd(), variables=variables(KNOWN | own), timeout=60)

    return run_python
