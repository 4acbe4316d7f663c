"""A command killed at any of its requests to Docker leaves nothing: `up` and `down`, request by request."""

import signal
import time

import pytest

from tests.world import proxy as proxies
from tests.world.proxy import Answer, Request

pytestmark = pytest.mark.docker

MOST = 90  # requests; a case beyond the last one does nothing, which it reports
OFTEN = {"up": {"before": (14,), "after": (30,)}, "down": {"before": (), "after": (5,)}}


def cases(what):
    for number in range(1, MOST + 1):
        for when in ("before", "after"):
            marks = () if number in OFTEN[what][when] else pytest.mark.full
            yield pytest.param(number, when, marks=marks, id=f"{when}-{number}")


def killing(child, number, when):
    """A rule that kills a command at its k-th request, once."""
    seen: list[int] = []

    def kill():
        child[0].kill()

    def rule(request: Request) -> Answer | None:
        if request.number and child:
            seen.append(request.number)
            if len(seen) == number:
                return Answer(before=kill) if when == "before" else Answer(after=kill)
        return None

    return rule


@pytest.mark.parametrize(("number", "when"), [*cases("up")])
def test_an_up_that_is_killed_at_a_request_leaves_nothing(world, number, when):
    one = world("compose")
    child: list = []
    with proxies.running() as proxy:
        proxy.rule = killing(child, number, when)
        one.host = proxy.host
        child.append(one.start("up"))
        beyond = _until_killed(one, child[0])
        one.note()
        if beyond:
            child[0].kill()
        assert one.is_gone()


@pytest.mark.parametrize(("number", "when"), [*cases("down")])
def test_a_down_that_is_killed_at_a_request_is_finished_by_the_guard(world, number, when):
    one = world("compose")
    child: list = []
    with proxies.running() as proxy:
        one.host = proxy.host
        one.run("up", "--detach")
        proxy.rule = killing(child, number, when)
        child.append(one.start("down"))
        child[0].wait()
        if child[0].code == -signal.SIGKILL and one.record().get("state") == "ready":
            one.run("down")  # it was killed before it had recorded its intention
        assert one.is_gone()


def _until_killed(one, child):
    """Whether it became ready, because it has fewer requests."""
    end = time.monotonic() + 60
    while child.code is None and time.monotonic() < end:
        if "following the logs" in child.text:
            time.sleep(1)
            return child.code is None
        time.sleep(0.02)
    return False
