"""A small environment on a Docker engine that may be behind a proxy, and a look at what is left of it."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import docker
import pytest

from localenv import state
from tests.engines.compose import proxy as proxies

HERE = Path(__file__).resolve()
REPOSITORY = HERE.parents[3]
SMALL = """
name: NAME
services:
  api:
    image: python:3.13-slim
    command: python -m http.server ${port}
    port: 8000
    environment: {CACHE: "${cache.url}"}
needs:
  cache: redis
"""


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a command of localenv ended; `seconds` is what it took."""

    code: int
    out: str
    err: str
    seconds: float


@dataclass(kw_only=True)
class World:
    """A repository with a description, and what Docker has under its name."""

    folder: Path
    client: Any = field(repr=False)
    host: str = ""

    @property
    def identity(self) -> str:
        return state.identity(self.name, "local", self.folder)

    @property
    def name(self) -> str:
        return f"t{abs(hash(str(self.folder))) % 10**8}"

    def describe(self, text: str = SMALL) -> None:
        (self.folder / "envs").mkdir(exist_ok=True)
        (self.folder / ".git").mkdir(exist_ok=True)
        (self.folder / "envs/local.yaml").write_text(text.replace("NAME", self.name))

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """A command of localenv that goes on."""
        return subprocess.Popen(
            [sys.executable, "-m", "localenv", *arguments],
            cwd=self.folder,
            env=self._variables(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, code: int | None = 0, timeout: float = 120) -> Ended:
        """A command of localenv, which has to end with this exit code; None takes any."""
        began = time.monotonic()
        with self.start(*arguments) as child:
            try:
                out, err = child.communicate(timeout=timeout)
            except BaseException:
                child.kill()
                raise
        assert code is None or child.returncode == code, f"{arguments} exited with {child.returncode}\n{out}\n{err}"
        return Ended(code=child.returncode, out=out, err=err, seconds=time.monotonic() - began)

    def left(self) -> list[str]:
        """What Docker has under this environment's name, whoever made it."""
        identity = self.identity
        found = [name.lstrip("/") for one in self.client.api.containers(all=True) for name in one["Names"]]
        found += [one["Name"] for one in self.client.api.networks()]
        found += [one["Name"] for one in self.client.api.volumes()["Volumes"] or ()]
        return sorted(name for name in found if name.startswith(identity))

    def recorded(self) -> bool:
        """Whether `localenv ls` knows it."""
        return any(one["environment"] == self.identity for one in json.loads(self.run("ls", "--json").out))

    def _variables(self) -> dict[str, str]:
        more = {"DOCKER_HOST": self.host} if self.host else {}
        return {**os.environ, "PYTHONPATH": str(REPOSITORY), "LOCALENV_ENGINE": "compose", **more}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A described environment that is removed afterwards."""
    client = docker.from_env()
    made = World(folder=tmp_path, client=client)
    made.describe()
    try:
        yield made
    finally:
        made.host = ""
        made.run("down", "--data", code=None)
        for image in client.api.images(f"localenv/{made.name}-api"):
            client.api.remove_image(image["Id"], force=True)
        client.close()


@pytest.fixture
def proxy() -> Iterator[proxies.Proxy]:
    with proxies.running() as one:
        yield one
