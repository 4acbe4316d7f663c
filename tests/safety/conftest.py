"""Worlds that must be clean afterwards; the complete catalogue runs only on request."""

from collections.abc import Iterator
from functools import partial

import pytest

from tests.safety import daemon as daemons
from tests.world.world import Make, World, worlds


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if "safety_full" not in str(config.option.markexpr):
        rest = [item for item in items if item.get_closest_marker("safety_full")]
        items[:] = [item for item in items if item not in rest]
        config.hook.pytest_deselected(items=rest)


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Make]:
    """Create a described environment on an engine; it is always removed before the next test."""
    with worlds(partial(tmp_path_factory.mktemp, "world")) as make:

        def described(engine: str, docker: str = "", **more: str) -> World:
            one = make(engine, docker=docker, executed=True, **more)
            one.describe()
            return one

        yield described


@pytest.fixture(scope="session")
def daemon() -> Iterator[daemons.Daemon]:
    """A second Docker engine beside this machine's."""
    try:
        with daemons.running() as one:
            yield one
    except daemons.Unavailable as why:
        pytest.skip(str(why))
