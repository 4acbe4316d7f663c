"""The time limit of a start counts only waiting time, of all services together."""

from dataclasses import dataclass

import pytest

from localenv.environment.up.clock import Clock
from localenv.environment.up.limit import TimeLimit


@dataclass
class Hand(Clock):
    """A clock that is set manually."""

    at: float = 100.0

    def now(self) -> float:
        return self.at


@pytest.fixture
def limit() -> TimeLimit:
    return TimeLimit(seconds=10, clock=Hand())


def pass_(limit: TimeLimit, seconds: float) -> None:
    assert isinstance(limit.clock, Hand)
    limit.clock.at += seconds


def test_it_is_reached_when_its_seconds_have_passed_since_it_began(limit):
    pass_(limit, 50)
    assert not limit.is_reached
    limit.begin()
    pass_(limit, 9.9)
    assert not limit.is_reached
    pass_(limit, 0.1)
    assert limit.is_reached


def test_what_is_made_ready_does_not_count_also_where_it_overlaps(limit):
    limit.begin()
    pass_(limit, 4)
    with limit.paused():
        pass_(limit, 100)
        with limit.paused():
            pass_(limit, 100)
        pass_(limit, 100)
    pass_(limit, 5)
    assert not limit.is_reached
    pass_(limit, 1)
    assert limit.is_reached
