"""A Docker that stands still for a while: who is killed meanwhile, and who asks for the end, leaves nothing."""

import os
import signal
import time

import pytest

from tests.engines.compose import proxy as proxies

pytestmark = pytest.mark.docker
ROUNDS = [pytest.param(number, marks=() if number == 1 else pytest.mark.safety_full) for number in range(10)]


@pytest.mark.parametrize("number", ROUNDS)
def test_a_kill_while_docker_stands_still_leaves_nothing_once_it_goes_on(world, number):
    one = world("compose")
    with proxies.running() as proxy:
        one.host = proxy.host
        child = one.start("up")
        one.until_said(child, "cache: starting")
        time.sleep(number / 10)
        proxy.is_stalled = True
        child.kill()
        child.wait(5)
        time.sleep(1)
        proxy.is_stalled = False
        one.is_gone()


@pytest.mark.parametrize("number", ROUNDS)
def test_a_down_right_after_a_kill_while_docker_stands_still_leaves_nothing(world, number):
    one = world("compose")
    with proxies.running() as proxy:
        one.host = proxy.host
        child = one.start("up")
        one.until_said(child, "cache: starting")
        time.sleep(number / 10)
        proxy.is_stalled = True
        os.killpg(child.pid, signal.SIGKILL)
        child.wait(5)
        down = one.start("down")
        time.sleep(1)
        proxy.is_stalled = False
        assert down.wait(40) == 0, one.told(down)
        one.is_gone()
