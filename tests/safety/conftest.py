"""Worlds that are clean afterwards; the whole catalogue only where it is asked for."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.safety import daemon as daemons
from tests.safety.world import World


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if "safety_full" not in str(config.option.markexpr):
        rest = [item for item in items if item.get_closest_marker("safety_full")]
        items[:] = [item for item in items if item not in rest]
        config.hook.pytest_deselected(items=rest)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Callable[..., World]]:
    """Makes a described environment on an engine; whatever becomes of it, nothing is left for the next test."""
    made: list[World] = []

    def make(engine: str, docker: str = "", *, at: str = "", called: str = "") -> World:
        folder = (tmp_path / (at or f"w{len(made)}")).resolve()
        folder.mkdir(parents=True)
        made.append(World(folder=folder, engine=engine, called=called, docker=docker))
        made[-1].describe()
        return made[-1]

    try:
        yield make
    finally:
        for one in made:
            one.clean()


@pytest.fixture(scope="session")
def daemon() -> Iterator[daemons.Daemon]:
    """A Docker engine beside this machine's."""
    try:
        with daemons.running() as one:
            yield one
    except daemons.Unavailable as why:
        pytest.skip(str(why))
