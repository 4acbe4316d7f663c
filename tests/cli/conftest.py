"""localenv as a person calls it: a folder, arguments, and what came back."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from localenv.cli import main

PACKAGE = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Outcome:
    """What a command left behind."""

    code: int
    out: str
    err: str


Call = Callable[..., Outcome]


@pytest.fixture
def call(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Call:
    """Call a command in this process, in the folder of the test's repository."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: str) -> Outcome:
        code = main(arguments)
        told = capfd.readouterr()
        return Outcome(code, told.out, told.err)

    return run


@pytest.fixture
def python() -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """Run Python with localenv on its path, in a process of its own."""

    def run(*arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        environment = {**os.environ, "PYTHONPATH": str(PACKAGE), **variables}
        return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, env=environment, timeout=60)

    return run
