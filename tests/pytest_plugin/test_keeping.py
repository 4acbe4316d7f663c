"""An environment that outlives its session, and one that was there before."""

import json
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.docker

COUNTS = """
    def test_one(localenv_test):
        cache = localenv_test.need("cache").connect()
        assert cache.incr("counter") == {first}
    def test_two(localenv_test):
        assert localenv_test.need("cache").connect().incr("counter") == {first}
"""


@pytest.fixture
def suite(with_cache: Callable[..., Any]) -> Any:
    return with_cache({"tests/test_inner.py": COUNTS.format(first=1)})


def test_a_failed_session_is_kept_attached_to_and_replaced(suite: Any) -> None:
    suite.write({"tests/test_inner.py": COUNTS.format(first=2)})
    ran = suite.run("--localenv-keep=failed")
    everything = json.loads(suite.localenv("ls", "--json"))
    (identity,) = [one["environment"] for one in everything if one["repository"] == str(suite.folder)]
    before = suite.containers()

    assert f"pytest --localenv-attach {identity}" in ran.out
    assert f"localenv down {identity}" in ran.out

    suite.write({"tests/test_inner.py": COUNTS.format(first=1)})
    attached = suite.run("--localenv-attach", identity)
    assert attached.code == 0, attached.out
    assert suite.containers() == before

    assert suite.run().code == 0  # has its own, and no use for what was kept
    assert suite.left() == set()


def test_a_session_that_passes_keeps_nothing(suite: Any) -> None:
    assert suite.run("--localenv-keep=failed").code == 0
    assert suite.left() == set()


def test_what_a_person_has_started_is_used_and_left_as_it_was(suite: Any) -> None:
    suite.localenv("up", "--detach")
    before = suite.containers()
    suite.localenv("exec", "cache", "--", "redis-cli", "set", "counter", "0")
    ran = suite.run("--localenv-reuse")

    assert ran.code == 0, ran.out
    assert suite.containers() == before
    assert suite.localenv("exec", "cache", "--", "redis-cli", "get", "counter").strip() == "0"

    suite.write({"envs/local.yaml": "name: small\nneeds: {cache: redis, other: redis}\n"})
    changed = suite.run("--localenv-reuse")
    assert changed.code == 0, changed.out
    assert len(suite.containers()) == 2
    suite.localenv("down")
    assert suite.left() == set()


def test_a_session_of_its_own_leaves_what_a_person_has_started_alone(suite: Any) -> None:
    suite.localenv("up", "--detach")
    before = suite.containers()
    ran = suite.run()

    assert ran.code == 0, ran.out
    assert suite.containers() == before
    suite.localenv("down")


def test_an_environment_that_cannot_start_is_told_once_for_every_test(suite: Any) -> None:
    suite.write({"envs/local.yaml": "name: small\nneeds: {cache: {redis: 8, image: nothing.invalid/redis}}\n"})
    ran = suite.run()

    assert ran.code == 1
    assert ran.out.count("cannot be pulled") >= 2  # the reason stands with each of them
    assert [ran.outcome(name) for name in ("test_one", "test_two")] == ["error", "error"]
    assert suite.left() == set()


def test_a_setting_that_does_not_exist_is_refused(suite: Any) -> None:
    assert "--localenv-isolation" in suite.run("--localenv-isolation=none").out
    refused = suite.run(more={"LOCALENV_KEEP": "sometimes"})
    assert "localenv: keep is one of failed, always, never, not 'sometimes'" in refused.out
