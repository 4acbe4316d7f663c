"""A small environment on a Docker engine that may be behind a proxy."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.world import proxy as proxies
from tests.world.world import World, worlds


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A described environment that is removed afterwards."""
    with worlds(lambda: tmp_path) as make:
        made = make("compose")
        made.describe()
        yield made


@pytest.fixture
def proxy() -> Iterator[proxies.Proxy]:
    with proxies.running() as one:
        yield one
