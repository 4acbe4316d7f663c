"""The worlds of the contract of engines, for what else a person does with the whole product."""

from tests.contract.engines.conftest import (  # noqa: F401
    _exempt,
    cleaned,
    engine,
    home,
    shared_world,
    world,
)
