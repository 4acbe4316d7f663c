"""What every test may ask for: a repository of its own, and a Docker engine where one answers."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import settings

from localenv import redaction
from tests.world.machine import missing_engine
from tests.world.repository import write

Repository = Callable[..., Path]

settings.register_profile("patient", deadline=None)  # an example of a loaded machine may take long
settings.load_profile("patient")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    wanting = [item for item in items if item.get_closest_marker("docker")]
    if wanting and (reason := missing_engine()):
        for item in wanting:
            item.add_marker(pytest.mark.skip(reason=f"no Docker engine answers: {reason}"))


@pytest.fixture(autouse=True)
def private_folders(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """State and settings of a test are its own; the cache is shared, as it is on a machine."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    for name in ("LOCALENV_ENV", "LOCALENV_NAME", "LOCALENV_ENGINE", "LOCALENV_TIMEOUT"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def nothing_learnt(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a process has learnt to hide in one test is shown in the next."""
    monkeypatch.setattr(redaction.text, "_known", redaction.text._Known())


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """Writes files (`{"envs/local.yaml": "…"}`, dedented) into a repository and returns its folder."""

    return partial(write, tmp_path)
