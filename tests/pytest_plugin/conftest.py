"""Repositories with a test suite, and pytest as a user runs it."""

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.world.commands import Running
from tests.world.engines import each
from tests.world.repository import Files, copied
from tests.world.waiting import until
from tests.world.world import World, worlds

HERE = Path(__file__).resolve().parent
PATIENCE = 120  # time limit of a run in seconds
AFTERWARDS = 60  # seconds until nothing is left; xdist's workers take five to notice that their controller is dead

# pytest finds an installed plugin by itself; other installed plugins would add a second to each run
LOADED = ("-p", "localenv.pytest_plugin")

# variables of the machine's own runs; in CI (detected by these two) pytest prints each reason twice
NOT_A_SUITES = ("PYTEST_", "CI", "BUILD_NUMBER")
OWN = {"PYTHONDONTWRITEBYTECODE": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
INI: Files = {"pytest.ini": "[pytest]\nfilterwarnings = error\n"}

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
    """The result of a pytest run."""

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
        """The terminal report of a failed test."""
        _, _, rest = self.out.partition(f" {name} ___")
        return rest.partition("\n____")[0].partition("\n====")[0]

    def properties(self, name: str) -> dict[str, str]:
        """The JUnit properties of a test."""
        return {one.attrib["name"]: one.attrib["value"] for one in self.case(name).iter("property")}

    def case(self, name: str) -> ElementTree.Element:
        """The JUnit element of a test."""
        cases = {one.attrib["name"]: one for one in ElementTree.parse(self.junit).iter("testcase")}
        assert name in cases, f"{name} did not run:\n{self.out}"
        return cases[name]


@dataclass(kw_only=True)
class Suite:
    """A world with tests."""

    world: World

    @property
    def folder(self) -> Path:
        return self.world.folder

    def write(self, files: Files) -> None:
        """Write files; texts are dedented."""
        self.world.write(files)

    def run(self, *arguments: str, more: Mapping[str, str] | None = None) -> Ran:
        """Run pytest to completion."""
        began = time.monotonic()
        child = self.start(*arguments, more=more)
        try:
            code = child.wait(PATIENCE)
        finally:
            child.child.kill()
        return Ran(code=code, out=child.text, junit=self._junit, seconds=time.monotonic() - began)

    def start(self, *arguments: str, more: Mapping[str, str] | None = None) -> Running:
        """Start pytest in a separate process group."""
        loaded = (*LOADED, "-p", "xdist") if "-n" in arguments else LOADED
        own = ("-p", "no:cacheprovider", f"--junitxml={self._junit}")
        return self.begin("pytest", *loaded, *own, *arguments, more=more)

    def begin(self, module: str, *arguments: str, more: Mapping[str, str] | None = None) -> Running:
        """Start a module as a program in a separate process group."""
        return self.world.start_program(sys.executable, "-m", module, *arguments, more=more)

    def localenv(self, *arguments: str) -> str:
        """Run a command of localenv; returns its output."""
        return self.world.run(*arguments).out

    def instances(self) -> dict[str, str]:
        """What runs each service: changes when it is replaced."""
        return self.world.instances()

    def left(self) -> set[str]:
        """What a session has left behind, after the time that guards and xdist's workers have to exit."""
        return self.world.left_after(AFTERWARDS)

    @property
    def _junit(self) -> Path:
        return self.folder / "junit.xml"


def on(*engines: str, **more: pytest.MarkDecorator) -> pytest.MarkDecorator:
    """Run a test on these engines, one after the other; `more` adds a mark to an engine."""
    return pytest.mark.parametrize("engine", each(*engines, **more), indirect=True, scope="session")


@pytest.fixture(scope="session")
def engine(request: pytest.FixtureRequest) -> str:
    """The engine of the environments: by default the one with the fewest prerequisites."""
    return str(getattr(request, "param", "native"))


@pytest.fixture(scope="session")
def new_suite(engine: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Suite]]:
    """Create a repository with these files, in which pytest runs without settings of this one."""
    with worlds(partial(tmp_path_factory.mktemp, "suite")) as make:

        def new(files: Files) -> Suite:
            world = make(engine, INI | dict(files), at="repository", without=NOT_A_SUITES)
            home = world.folder.parent
            world.own |= OWN | {"XDG_STATE_HOME": str(home / "state"), "XDG_CONFIG_HOME": str(home / "config")}
            world.marks = (f"{home}/",)
            return Suite(world=world)

        yield new


@pytest.fixture(scope="session")
def with_service(new_suite: Callable[..., Suite]) -> Callable[..., Suite]:
    """The same with a service under work, `api`, which calls the upstream `shop`."""

    def make(files: Files) -> Suite:
        suite = new_suite({"envs/local.yaml": SERVICE, "stubs/shop/mappings/price.json": STUB} | dict(files))
        copied(HERE / "service", suite.folder / "service")
        return suite

    return make


@pytest.fixture(scope="session")
def with_cache(new_suite: Callable[..., Suite]) -> Callable[..., Suite]:
    """The same with the smallest environment: one Redis."""
    return lambda files: new_suite({"envs/local.yaml": "name: small\nneeds: {cache: redis}\n"} | dict(files))


@pytest.fixture(scope="session", name="until")
def _until() -> Callable[..., Any]:
    return until
