"""The contract of engines: scenarios of a user's actions and observations, which must pass on every engine."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.contract.engines.exemptions import EITHER, EXEMPT
from tests.world import engines
from tests.world.repository import CHECKOUT, Files, copied
from tests.world.waiting import until
from tests.world.world import World, worlds

APP = Path(__file__).resolve().parent / "app"

Make = Callable[..., World]


@pytest.fixture(scope="session", params=engines.each())
def engine(request: pytest.FixtureRequest) -> str:
    """The engine that runs the environments of a scenario."""
    return engines.needed(request.param)


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a scenario in which no engine takes part on one of them; the other one is for the full catalogue."""
    if metafunc.function.__name__ in EITHER:
        each = engines.each(compose=pytest.mark.full)
        replacing = pytest.mark.parametrize("engine", each, indirect=True, scope="session")
        metafunc.definition.add_marker(replacing)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the tests of the sample one after another, so that few workers start it."""
    here = Path(__file__).parent
    of_sample = [one for one in items if one.path.parent == here and "sample" in getattr(one, "fixturenames", ())]
    if of_sample:
        at = items.index(of_sample[0])
        rest = [one for one in items[at:] if one not in of_sample]
        items[at:] = [*of_sample, *rest]


@pytest.fixture(autouse=True)
def _exempt(request: pytest.FixtureRequest, engine: str) -> None:
    if reason := EXEMPT[engine].get(request.node.originalname):
        pytest.skip(f"not on {engine}: {reason}")


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """State and settings of every command; session-scoped, because worlds may outlive a test."""
    home = tmp_path_factory.mktemp("home")
    return {"XDG_STATE_HOME": str(home / "state"), "XDG_CONFIG_HOME": str(home / "config")}


@pytest.fixture(scope="session")
def cleaned(engine: str, home: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """Create worlds, by default with the tests' own service in `app/`; they are removed when the block exits."""

    @contextmanager
    def opened() -> Iterator[Make]:
        with worlds(partial(tmp_path_factory.mktemp, "world")) as make:

            def with_app(files: Files | None = None, *, app: bool = True, name: str = "shop") -> World:
                world = make(engine, at=name, own=home)
                if app:
                    copied(APP, world.folder / "app")
                world.write(files or {})
                return world

            yield with_app

    return opened


@pytest.fixture
def world(cleaned: Callable[..., Any]) -> Iterator[Make]:
    """Worlds of one test."""
    with cleaned() as make:
        yield make


@pytest.fixture(scope="module")
def shared_world(cleaned: Callable[..., Any]) -> Iterator[Make]:
    """Worlds of all tests in a module."""
    with cleaned() as make:
        yield make


@pytest.fixture(scope="module")
def reused(shared_world: Make) -> World:
    """The world of a module's tests, which write their own descriptions into it."""
    return shared_world()


@pytest.fixture
def shop(reused: World) -> Iterator[World]:
    """The same world for each test, with nothing running in it."""
    yield reused
    reused.empty()


@pytest.fixture
def copy_of_sample(world: Make) -> Callable[[], World]:
    """Create a checkout of this repository's own environments."""
    return partial(_sample, world)


@pytest.fixture(scope="session")
def sample(cleaned: Callable[..., Any]) -> Iterator[World]:
    """The sample, running, for all tests that leave it unchanged."""
    with cleaned() as make:
        world = _sample(make)
        world.up()
        yield world


def _sample(make: Make) -> World:
    world = make(app=False, name="main")
    for name in ("envs", "stubs"):
        copied(CHECKOUT / name, world.folder / name)
    return world


@pytest.fixture(scope="session", name="until")
def _until() -> Callable[..., Any]:
    """Poll until a condition holds."""
    return until
