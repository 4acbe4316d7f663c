"""Repositories with a test suite of their own, and pytest as a person runs it."""

import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import docker
import pytest

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
PATIENCE = 90  # seconds a run may take, so that a test ends

# where localenv is installed pytest finds the plugin by itself
LOADED = () if entry_points(group="pytest11", name="localenv") else ("-p", "localenv.pytest_plugin")

SERVICE = """
    name: inner
    services:
      api:
        build: ../service
        port: 8000
        healthcheck: /
        environment: {SHOP_URL: "${shop.url}", API_TOKEN: "${token.path}"}
        compose: {mem_limit: 96m}
    secrets:
      token: {content: swordfish-canary}
    upstreams:
      shop: {stubs: ../stubs/shop}
      gossip: {unmatched: ignore}
"""
STUB = """
    {"name": "a price", "request": {"method": "GET", "urlPath": "/price"},
     "response": {"status": 200, "body": "of the repository"}}
"""


@dataclass(frozen=True, kw_only=True)
class Ran:
    """How a run of pytest ended."""

    code: int
    out: str
    junit: Path
    seconds: float

    def outcome(self, name: str) -> str:
        """`passed`, `failed`, `error` or `skipped`."""
        case = self.case(name)
        kinds = {"failure": "failed", "error": "error", "skipped": "skipped"}
        return next((kinds[child.tag] for child in case if child.tag in kinds), "passed")

    def report(self, name: str) -> str:
        """What the terminal says of a test that failed."""
        _, _, rest = self.out.partition(f" {name} ___")
        return rest.partition("\n____")[0].partition("\n====")[0]

    def properties(self, name: str) -> dict[str, str]:
        """What JUnit has of a test."""
        return {one.attrib["name"]: one.attrib["value"] for one in self.case(name).iter("property")}

    def case(self, name: str) -> ElementTree.Element:
        """JUnit's element of a test."""
        cases = {one.attrib["name"]: one for one in ElementTree.parse(self.junit).iter("testcase")}
        assert name in cases, f"{name} did not run:\n{self.out}"
        return cases[name]


@dataclass(kw_only=True)
class Suite:
    """A repository with tests, and what the machine has of its environments."""

    folder: Path
    variables: dict[str, str] = field(repr=False)
    running: list["subprocess.Popen[bytes]"] = field(default_factory=list, repr=False)

    def write(self, files: Mapping[str, str]) -> None:
        """Texts are dedented."""
        for name, text in files.items():
            file = self.folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(textwrap.dedent(text))

    def run(self, *arguments: str, more: Mapping[str, str] | None = None) -> Ran:
        """pytest, to its end."""
        began = time.monotonic()
        child = self.start(*arguments, more=more)
        try:
            child.wait(PATIENCE)
        finally:
            child.kill()
        return Ran(code=child.returncode, out=self.out, junit=self._junit, seconds=time.monotonic() - began)

    def start(self, *arguments: str, more: Mapping[str, str] | None = None) -> "subprocess.Popen[bytes]":
        """pytest in a process group of its own."""
        argv = [
            sys.executable,
            "-m",
            "pytest",
            *LOADED,
            "-p",
            "no:cacheprovider",
            f"--junitxml={self._junit}",
            *arguments,
        ]
        with self._out.open("w") as out:
            child = subprocess.Popen(
                argv,
                cwd=self.folder,
                env=self.variables | dict(more or {}),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.running.append(child)
        return child

    def localenv(self, *arguments: str) -> str:
        """A command of localenv; what it prints."""
        argv = [sys.executable, "-m", "localenv", *arguments]
        done = subprocess.run(
            argv, cwd=self.folder, env=self.variables, capture_output=True, text=True, timeout=PATIENCE
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def containers(self) -> set[str]:
        """The names of those that are there."""
        return {one["Names"][0].lstrip("/") for one in client().api.containers(all=True, filters=self._mine)}

    def left(self) -> set[str]:
        """Everything that a session must not leave behind."""
        found = {f"container {name}" for name in self.containers()}
        found |= {f"network {one['Name']}" for one in client().api.networks(filters=self._mine)}
        found |= {f"volume {one['Name']}" for one in client().api.volumes(filters=self._mine)["Volumes"] or ()}
        states = Path(self.variables["XDG_STATE_HOME"]) / "localenv"
        found |= {f"state {one.name}" for one in states.glob("[!.]*")}
        rendered = {f"rendered {one.name}" for one in (self.folder / ".localenv").glob("[!.]*")}
        return found | rendered | {f"process {one}" for one in self._processes()}

    def clean(self) -> None:
        """Whatever a test has done."""
        for child in self.running:
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
        for name in {name.rsplit("-", 2)[0] for name in self.containers()}:
            self.localenv("down", name)
        for one in client().api.containers(all=True, filters=self._mine):
            client().api.remove_container(one["Id"], force=True, v=True)
        for one in client().api.networks(filters=self._mine):
            client().api.remove_network(one["Id"])
        for one in client().api.images(filters=self._mine):
            with suppress(docker.errors.APIError):
                client().api.remove_image(one["Id"], force=True)

    def _processes(self) -> Iterator[str]:
        """Guards and whatever else carries the state's folder in its environment."""
        marker = f"XDG_STATE_HOME={self.variables['XDG_STATE_HOME']}\0".encode()
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if marker in (process / "environ").read_bytes():
                    words = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                    if words:  # a zombie has none
                        yield f"{process.name} {words[:100]}"

    @property
    def out(self) -> str:
        """What the last run has printed."""
        return self._out.read_text()

    @property
    def _out(self) -> Path:
        return self.folder / "out.txt"

    @property
    def _junit(self) -> Path:
        return self.folder / "junit.xml"

    @property
    def _mine(self) -> dict[str, str]:
        return {"label": f"dev.localenv.checkout={sha256(str(self.folder.resolve()).encode()).hexdigest()[:12]}"}


@cache
def client() -> Any:
    return docker.from_env()


@pytest.fixture(scope="session")
def new_suite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Suite]]:
    """Makes a repository with these files, in which pytest runs without any settings of this one."""
    made: list[Suite] = []

    def make(files: Mapping[str, str]) -> Suite:
        home = tmp_path_factory.mktemp("suite").resolve()
        kept = {
            name: text for name, text in os.environ.items() if not name.startswith(("LOCALENV_", "COMPOSE_", "PYTEST_"))
        }
        private = {"XDG_STATE_HOME": str(home / "state"), "XDG_CONFIG_HOME": str(home / "config")}
        told = {"PYTHONPATH": str(REPOSITORY), "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "200", "NO_COLOR": "1"}
        suite = Suite(folder=home / "repository", variables=kept | private | told)
        (suite.folder / ".git").mkdir(parents=True)
        suite.write({"pytest.ini": "[pytest]\nfilterwarnings = error\n"} | dict(files))
        made.append(suite)
        return suite

    yield make
    for suite in made:
        suite.clean()


@pytest.fixture(scope="session")
def with_service(new_suite: Callable[..., Suite]) -> Callable[..., Suite]:
    """The same with a service under work, `api`, which asks the upstream `shop`."""

    def make(files: Mapping[str, str]) -> Suite:
        suite = new_suite({"envs/local.yaml": SERVICE, "stubs/shop/mappings/price.json": STUB} | dict(files))
        shutil.copytree(HERE / "service", suite.folder / "service")
        return suite

    return make


@pytest.fixture(scope="session")
def with_cache(new_suite: Callable[..., Suite]) -> Callable[..., Suite]:
    """The same with the smallest environment: one Redis."""
    return lambda files: new_suite({"envs/local.yaml": "name: small\nneeds: {cache: redis}\n"} | dict(files))


def until(holds: Callable[[], Any], what: str = "it", timeout: float = 30) -> Any:
    """Ask until it holds; what it was then."""
    deadline = time.monotonic() + timeout
    while not (found := holds()):
        assert time.monotonic() < deadline, f"after {timeout} s there is no {what}"
        time.sleep(0.05)
    return found


@pytest.fixture(scope="session", name="until")
def _until() -> Callable[..., Any]:
    return until
