"""Which needs can be brought back to what they held when they were seeded."""

import pytest

from localenv.environment import Request, locate, seeded, stack
from localenv.errors import UsageError

NEEDS = "name: shop\nneeds: {db: {postgres: 17}, queue: nats, cache: redis, people: mariadb, mail: rabbitmq}\n"


@pytest.fixture
def planned(repository):
    return stack(Request(target=locate(folder=repository({"envs/local.yaml": NEEDS}))))


def test_those_can_that_hold_tables_or_keys(planned):
    assert seeded.resettable(planned) == ["db", "cache", "people"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("queue", "what queue holds cannot be brought back: localenv does not do that for nats"),
        ("api", "there is no need 'api'"),
    ],
)
def test_of_the_others_it_is_said_why_not(planned, name, message):
    with pytest.raises(UsageError, match=message):
        seeded.check(planned, name)
