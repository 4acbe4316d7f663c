"""A description rendered like `up` does, and how Compose reads the result."""

import json
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from localenv import paths, planner, state
from localenv.description import loading
from localenv.description.files import Bounds
from localenv.engines import Deployment
from localenv.engines.compose.daemon import Daemon
from localenv.engines.compose.engine import ComposeEngine
from localenv.environment import overlays, variables
from localenv.environment.up.preparing import deploy
from localenv.rendering import dotenv


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """The folder of rendered files, and their deployment."""

    folder: Path
    deployment: Deployment

    @property
    def text(self) -> str:
        return (self.folder / "compose.yaml").read_text()

    def compose(self, *arguments: str) -> str:
        """The output of Compose for these files."""
        project = paths.project(self.deployment.stack.folder, self.deployment.identity)
        named = ("--project-name", self.deployment.identity, "--project-directory", str(project))
        named += () if "-f" in arguments else ("-f", "compose.yaml")
        called = ["docker", "compose", *named, "--env-file", ".env", "--progress", "quiet", *arguments]
        done = subprocess.run(called, cwd=self.folder, capture_output=True, timeout=120)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    def read_back(self, probe: Mapping[str, str] | None = None) -> Any:
        """The project as Compose reads it; `probe` adds a service of that name with these variables."""
        files = ["-f", "compose.yaml"]
        if probe:
            service = {"image": "none", "environment": dict(probe)}
            (self.folder / "probe.json").write_text(json.dumps({"services": {"probe": service}}))
            files += ["-f", "probe.json"]
        return _undollared(json.loads(self.compose(*files, "config", "--format", "json")))


def _undollared(value: Any) -> Any:
    """Undo the doubling of dollars in the output of `config`, which is a valid project itself."""
    match value:
        case str():
            return value.replace("$$", "$")
        case dict():
            return {key: _undollared(item) for key, item in value.items()}
        case list():
            return [_undollared(item) for item in value]
        case _:
            return value


Render = Callable[..., Rendered]


@pytest.fixture
def rendered() -> Render:
    """Render `envs/local.yaml` of a repository; `environ` is the content of its `.env`."""

    def write(repository: Path, environ: Mapping[str, str] | None = None, *, name: str = "") -> Rendered:
        (repository / ".env").write_text(dotenv(environ or {}))
        described = loading.load(repository / "envs" / "local.yaml", repository=repository)
        planned = planner.plan(described)
        if paths.overlays(repository).is_dir():
            planned = overlays.applied(planned, Bounds(repository=repository))
        published = {port: 20_000 + number for number, port in enumerate(planned.ports)}
        identity = name or state.identity(planned.name, planned.env, repository)
        engine = ComposeEngine(daemon=Daemon(address=""))  # writing does not call Docker
        deployment = deploy(identity, planned, engine, published, variables.read(repository))
        engine.write(deployment)
        return Rendered(folder=deployment.folder, deployment=deployment)

    return write
