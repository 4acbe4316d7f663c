"""Several commands at once: the result is one stack, and the state of the last command."""

import re
import signal
import time

import pytest

from localenv import paths
from localenv.guard import client as guard
from tests.world import engines
from tests.world.waiting import until

ENGINES = engines.each()
RAW = re.compile(r"Error response from daemon|Traceback|a bug in localenv|already in use")
FULL = pytest.mark.full
EXECUTED = False


def rounds(count):
    return [pytest.param(number, marks=() if number == 0 else FULL) for number in range(count)]


def instances(one):
    if one.engine == "compose":
        found = one.client.api.containers(all=True, filters={"label": f"dev.localenv.environment={one.identity}"})
        return sorted(entry["Labels"]["com.docker.compose.service"] for entry in found)
    kept = guard.ask(one.state, "list")["children"]
    return sorted(child["name"] for child in kept if not child["gone"] and child["role"] in ("service", "need"))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("count", [pytest.param(2, marks=FULL), 4, pytest.param(8, marks=FULL)])
@pytest.mark.parametrize("number", rounds(10))
def test_several_detached_ups_at_once_end_with_one_stack_and_all_succeed(world, engine, count, number):
    one = world(engine)
    children = [one.start("up", "--detach") for _ in range(count)]
    assert [child.wait(90) for child in children] == [0] * count, "\n".join(child.text for child in children)
    assert instances(one) == ["api", "cache"]
    assert one.record()["state"] == "ready"
    assert one.record()["owner"] is None
    assert not any(RAW.search(child.text) for child in children)
    one.run("down")
    assert one.is_gone(0)


@pytest.mark.parametrize("engine", engines.each(compose=FULL))
@pytest.mark.parametrize("number", rounds(10))
def test_several_foreground_ups_at_once_have_one_owner_and_end_with_it(world, engine, number):
    one = world(engine)
    children = [one.start("up") for _ in range(4)]
    for child in children:
        child.wait_for("following the logs", timeout=90)
    owner = next(child for child in children if child.pid == one.record()["owner"]["pid"])
    assert instances(one) == ["api", "cache"]
    owner.signal(signal.SIGTERM)
    assert owner.wait() == 130
    assert [child.wait() for child in children if child is not owner] == [0, 0, 0]
    assert one.is_gone()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("number", rounds(10))
def test_a_down_beside_an_up_leaves_nothing_and_both_speak_our_words(world, engine, number):
    one = world(engine)
    one.run("up", "--detach")
    up = one.start("up", "--detach")
    time.sleep(number / 10)
    down = one.start("down")
    assert down.wait(60) == 0
    assert up.wait(60) in (0, 130)
    assert not RAW.search(up.text + down.text)
    if one.record():  # the `up` was last
        assert one.record()["state"] == "ready"
        assert instances(one) == ["api", "cache"]
        one.run("down")
    assert one.is_gone()


@pytest.mark.parametrize("engine", engines.each(compose=FULL))
@pytest.mark.parametrize("number", rounds(10))
def test_an_up_beside_a_down_starts_what_was_removed(world, engine, number):
    one = world(engine)
    one.run("up", "--detach")
    down = one.start("down")
    until(lambda: one.record().get("state") != "ready" or down.code is not None, "removal")
    up = one.start("up", "--detach")
    assert down.wait(60) == 0
    assert up.wait(60) == 0, up.text
    assert not RAW.search(up.text + down.text)
    assert instances(one) == ["api", "cache"]
    one.run("down")
    assert one.is_gone(0)


@pytest.mark.parametrize("engine", engines.each(native=FULL))
def test_checkouts_with_one_name_never_meet(world, engine):
    folders = ["one/shop", "two/shop", "with spaces/магазин 店", f"long/{'x' * 200}"]
    each = [world(engine, at=folder, called="shop") for folder in folders]
    children = [one.start("up", "--detach") for one in each]
    for one, child in zip(each, children, strict=True):
        assert child.wait(90) == 0, child.text
        assert instances(one) == ["api", "cache"]
    assert len({one.identity for one in each}) == len(folders)
    first, *others = each
    first.run("down")
    assert first.is_gone(0)
    assert all(one.runs() for one in others)


def test_several_downs_at_once_all_succeed(world):
    one = world("native")
    one.run("up", "--detach")
    children = [one.start("down") for _ in range(4)]
    assert [child.wait() for child in children] == [0] * 4
    assert one.is_gone(0)


def test_a_lock_that_its_dead_holder_had_blocks_nobody(world):
    one = world("native")
    child = one.start("up")
    child.wait_for("cache: starting")
    child.kill()
    assert paths.lock(one.identity).read_text() == str(child.pid)
    one.run("up", "--detach")
    one.run("down")
    assert one.is_gone(0)
