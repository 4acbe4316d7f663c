"""A Docker that is stopped for a while: kills and removals meanwhile leave nothing."""

import os
import signal
import time

import pytest

from localenv.host import kernel
from tests.safety import daemon as daemons
from tests.world.waiting import until

pytestmark = pytest.mark.docker
ROUNDS = [pytest.param(number, marks=() if number == 1 else pytest.mark.full) for number in range(10)]


@pytest.fixture
def one(world, daemon):
    made = world("compose", daemon.host)
    made.describe(daemons.DESCRIBED)
    try:
        yield made
    finally:
        daemon.go_on()


def killed(one, daemon, number):
    """An `up` that was running when Docker was stopped: it and its Compose are dead, but their requests are not."""
    child = one.start("up")
    until(lambda: kernel.marked(f"LOCALENV_GUARD={one.identity}"), "Compose")
    time.sleep(number / 10)
    daemon.stop()
    time.sleep(number / 10)
    os.killpg(child.pid, signal.SIGKILL)
    child.wait(60)


@pytest.mark.parametrize("number", ROUNDS)
def test_a_kill_while_docker_stands_still_leaves_nothing_once_it_goes_on(one, daemon, number):
    killed(one, daemon, number)
    time.sleep(1)
    assert kernel.started(one.guard()) > 0, "the guard has not waited for Docker"
    daemon.go_on()
    assert one.is_gone()


@pytest.mark.parametrize("number", ROUNDS)
def test_a_down_right_after_a_kill_while_docker_stands_still_leaves_nothing(one, daemon, number):
    killed(one, daemon, number)
    down = one.start("down")
    time.sleep(1)
    daemon.go_on()
    assert down.wait() == 0, down.text
    assert one.is_gone()
