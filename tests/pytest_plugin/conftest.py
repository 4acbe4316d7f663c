"""Repositories with a test suite of their own, and pytest as a person runs it."""

import json
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
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.contract.engines.conftest import WITHOUT_DOCKER, missing_packages
from tests.contract.engines.views import VIEWS, View
from tests.patience import until

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
PATIENCE = 120  # seconds a run may take, so that a test ends
AFTERWARDS = 30  # seconds until nothing is left; xdist's workers take five to see that their controller is dead

# pytest finds the plugin by itself where localenv is installed; others that it finds cost each run a second
LOADED = ("-p", "localenv.pytest_plugin")

# what the machine's own runs are told by; in a CI (as these two say) pytest tells each reason twice
NOT_A_SUITES = ("LOCALENV_", "COMPOSE_", "PYTEST_", "CI", "BUILD_NUMBER")

SERVICE = """
    name: inner
    services:
      api:
        build: ../service
        command: python app.py
        port: 8000
        healthcheck: /
        environment: {SHOP_URL: "${shop.url}", API_TOKEN: "${token.path}", HOST: "${bind}"}
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
    engine: str
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
        loaded = (*LOADED, "-p", "xdist") if "-n" in arguments else LOADED
        own = ("-p", "no:cacheprovider", f"--junitxml={self._junit}")
        return self.begin("pytest", *loaded, *own, *arguments, more=more)

    def begin(self, module: str, *arguments: str, more: Mapping[str, str] | None = None) -> "subprocess.Popen[bytes]":
        """A module's program in a process group of its own."""
        with (self.folder / f"{module}.txt").open("w") as out:
            child = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
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

    def instances(self) -> dict[str, str]:
        """What runs each service: another one when it was replaced."""
        return self._view.instances(self.folder, self._states)

    def left(self) -> set[str]:
        """What a session has left behind, when it has had the time that guards and xdist's workers take to end."""
        deadline = time.monotonic() + AFTERWARDS
        while (found := self._left()) and time.monotonic() < deadline:
            time.sleep(0.1)
        return found

    def _left(self) -> set[str]:
        found = self._view.belongings(self.folder, self._states)
        found |= {f"state {one.name}" for one in self._states.glob("[!.]*")}
        found |= {f"rendered {one.name}" for one in (self.folder / ".localenv").glob("[!.]*")}
        return found | {f"process {one}" for one in self._processes()}

    def clean(self) -> None:
        """Whatever a test has done."""
        for child in self.running:
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
        for one in json.loads(self.localenv("ls", "--json")):
            if one["repository"] == str(self.folder):
                self.localenv("down", one["environment"])
        self._view.clean(self.folder, self._states)

    def _processes(self) -> Iterator[str]:
        """Whatever has the suite's folders in its environment, its words or as the place where it works."""
        home = str(self.folder.parent)
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                words = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                told = (process / "environ").read_bytes().decode(errors="replace")
                if words and f"{home}/" in f"{words} {told} {(process / 'cwd').readlink()}/":  # a zombie has no words
                    yield f"{process.name} {words[:100]}"

    @property
    def out(self) -> str:
        """What the last run has printed."""
        return (self.folder / "pytest.txt").read_text()

    @property
    def _junit(self) -> Path:
        return self.folder / "junit.xml"

    @property
    def _states(self) -> Path:
        return Path(self.variables["XDG_STATE_HOME"]) / "localenv"

    @property
    def _view(self) -> View:
        return VIEWS[self.engine]


def on(*engines: str) -> pytest.MarkDecorator:
    """The engines that a test runs on, one after the other."""
    marks = {"compose": (pytest.mark.docker,), "native": ()}
    chosen = [pytest.param(one, marks=marks[one]) for one in engines]
    return pytest.mark.parametrize("engine", chosen, indirect=True, scope="session")


@pytest.fixture(scope="session")
def engine(request: pytest.FixtureRequest) -> str:
    """What runs the environments: where a test does not say, what needs the least."""
    return str(getattr(request, "param", "native"))


@pytest.fixture(scope="session")
def new_suite(engine: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Suite]]:
    """Makes a repository with these files, in which pytest runs without any settings of this one."""
    if engine == "native" and (packages := missing_packages()):
        pytest.skip(f"pip install 'localenv[native]' brings what is not here: {', '.join(packages)}")
    made: list[Suite] = []

    def make(files: Mapping[str, str]) -> Suite:
        home = tmp_path_factory.mktemp("suite").resolve()
        kept = {name: text for name, text in os.environ.items() if not name.startswith(NOT_A_SUITES)}
        private = {"XDG_STATE_HOME": str(home / "state"), "XDG_CONFIG_HOME": str(home / "config")}
        told = {"PYTHONPATH": str(REPOSITORY), "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "200", "NO_COLOR": "1"}
        told |= {"LOCALENV_ENGINE": engine, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        variables = kept | private | told | (WITHOUT_DOCKER if engine == "native" else {})
        suite = Suite(folder=home / "repository", engine=engine, variables=variables)
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


@pytest.fixture(scope="session", name="until")
def _until() -> Callable[..., Any]:
    return until
