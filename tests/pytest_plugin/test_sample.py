"""The sample's own suite, as run in the README."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.pytest_plugin.conftest import on

REPOSITORY = Path(__file__).resolve().parent.parent.parent


@on(native=pytest.mark.full)
def test_the_samples_suite_passes_on_workers_and_leaves_nothing(new_suite: Callable[..., Any]) -> None:
    suite = new_suite({})
    for name in ("envs", "stubs"):
        shutil.copytree(REPOSITORY / name, suite.folder / name, ignore=shutil.ignore_patterns("__pycache__", ".*cache"))
    ran = suite.run("--localenv-env", "ci", "-n", "2", "envs/orders/tests")

    assert ran.code == 0, ran.out
    assert "16 passed" in ran.out
    assert suite.left() == set()
