"""The worlds of the engine contract, for other uses of the whole product."""

from tests.contract.engines.conftest import (  # noqa: F401
    _exempt,
    cleaned,
    engine,
    home,
    shared_world,
    world,
)
