"""Worlds that must be clean afterwards."""

from collections.abc import Iterator
from functools import partial

import pytest

from tests.safety import daemon as daemons
from tests.world.world import Make, World, worlds


@pytest.fixture
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Make]:
    """Create a described environment on an engine; it is always removed before the next test.

    Each command that is started is a new interpreter, but for modules whose tests let it begin first: those are faster.
    """
    executed = getattr(request.module, "EXECUTED", True)
    with worlds(partial(tmp_path_factory.mktemp, "world")) as make:

        def described(engine: str, docker: str = "", **more: str) -> World:
            one = make(engine, docker=docker, executed=executed, **more)
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
