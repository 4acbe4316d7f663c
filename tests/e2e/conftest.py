"""The worlds of the contract of engines, for what else a person does with the whole product."""

from tests.contract.engines.conftest import (  # noqa: F401
    _exempt,
    engine,
    new_world,
    shared_world,
    variables,
    world,
)
