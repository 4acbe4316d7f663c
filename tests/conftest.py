"""What every test may ask for: a repository of its own, and a Docker engine where one answers."""

import subprocess
import textwrap
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings

from localenv import redaction
from localenv.engines import choosing

Repository = Callable[..., Path]

# every engine; some only where what they need is on this machine
ENGINES = tuple(
    pytest.param(name, marks=pytest.mark.docker) if name == "compose" else name for name in choosing.ENGINES
)

settings.register_profile("patient", deadline=None)  # an example of a loaded machine may take long
settings.load_profile("patient")


@cache
def missing_engine() -> str:
    """Why no Docker test can run here; empty where an engine answers."""
    try:
        asked = subprocess.run(
            ["docker", "version", "--format", "{{.Server.Version}}"], capture_output=True, text=True, timeout=20
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return "" if asked.returncode == 0 else asked.stderr.strip()


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
    for name in ("LOCALENV_ENV", "LOCALENV_ENVIRONMENT", "LOCALENV_NAME", "LOCALENV_ENGINE", "LOCALENV_TIMEOUT"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def nothing_learnt(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a process has learnt to hide in one test is shown in the next."""
    monkeypatch.setattr(redaction.text, "_known", redaction.text._Known())


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """Writes files (`{"envs/local.yaml": "…"}`, dedented) into a repository and returns its folder."""

    def write(files: dict[str, str | bytes]) -> Path:
        (tmp_path / ".git").mkdir(exist_ok=True)
        for name, content in files.items():
            file = tmp_path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, bytes):
                file.write_bytes(content)
            else:
                file.write_text(textwrap.dedent(content))
        return tmp_path

    return write
