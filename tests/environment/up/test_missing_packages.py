"""A service without Docker whose packages nobody installs: its failure says what to write."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from localenv.environment.up import missing_packages
from localenv.stack import Native, Role, Service
from localenv.stack.parts import Setup

NODE = "Error: Cannot find module '@apollo/server'"


def hint(folder: Path, reason: str, *, copies: object = None, setup: tuple[Setup, ...] = ()) -> str:
    engine: Any = SimpleNamespace(copies=copies)
    service = Service(name="api", role=Role.SERVICE, native=Native(working_dir=folder, setup=setup))
    return missing_packages.hint(engine, service, f"exited with code 1: {reason}")


@pytest.mark.parametrize(
    ("file", "reason", "command"),
    [
        ("package.json", NODE, "npm install"),
        (
            "package-lock.json",
            "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'express' imported from /app/a.js",
            "npm ci",
        ),
        ("requirements.txt", "ModuleNotFoundError: No module named 'flask'", "pip install -r requirements.txt"),
        ("Gemfile", "cannot load such file -- sinatra (LoadError)", "bundle install"),
    ],
)
def test_what_installs_its_packages_is_named(tmp_path: Path, file: str, reason: str, command: str) -> None:
    (tmp_path / file).touch()

    assert hint(tmp_path, reason) == f"without Docker its packages are installed by `native: {{setup: [{command}]}}`"


def test_nothing_is_said_of_other_errors_in_a_container_or_where_a_step_installs_them(tmp_path: Path) -> None:
    assert hint(tmp_path, NODE) == ""
    (tmp_path / "package.json").touch()

    assert hint(tmp_path, "Error: Cannot find module './routes'") == ""
    assert hint(tmp_path, "KeyError: 'PORT'") == ""
    assert hint(tmp_path, NODE, copies=object()) == ""
    assert hint(tmp_path, NODE, setup=(Setup(command=("make",)),)) == ""
