"""Which needs have a password that their kind can do without."""

import pytest

from localenv import Request
from localenv.environment.locating import locate
from localenv.environment.up.preparing import stack

NEEDS = "{cache: redis, db: postgres, queue: nats}"


def passwords(repository, **variables: str) -> dict[str, bool]:
    """Whether each need has a password, for a service with these variables."""
    environment = ", ".join(f'{name}: "{value}"' for name, value in variables.items())
    text = f"name: shop\nservices:\n  api: {{image: x, environment: {{{environment}}}}}\nneeds: {NEEDS}\n"
    target = locate(folder=repository({"envs/local.yaml": text}))
    return {name: not need.is_open for name, need in stack(Request(target=target)).needs.items()}


@pytest.mark.parametrize("given", ["${cache.url}", "redis://:${cache.password}@${cache.host}:${cache.port}"])
def test_who_is_given_the_password_needs_it(repository, given):
    assert passwords(repository, URL=given) == {"cache": True, "db": True, "queue": False}


@pytest.mark.parametrize("given", ["${cache.host}", "${cache.address}", "redis://cache:6379"])
def test_who_is_given_an_address_alone_needs_none(repository, given):
    assert passwords(repository, HOST=given) == {"cache": False, "db": True, "queue": False}


def test_a_password_may_stand_in_another_variable(repository):
    assert passwords(repository, HOST="${cache.host}", PASSWORD="${cache.password}")["cache"]
