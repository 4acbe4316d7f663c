"""An environment that outlives its session, and one that was there before."""

import json
import re
import signal
import sys
from collections.abc import Callable
from typing import Any

import pytest

from tests.pytest_plugin.conftest import LOADED, on

IN_TWO_HOURS = r" removed in (2 h 0|1 h 5\d) min$"
COUNTS = """
    def test_one(localenv_test):
        cache = localenv_test.need("cache").connect()
        assert cache.incr("counter") == {first}
    def test_two(localenv_test):
        assert localenv_test.need("cache").connect().incr("counter") == {first}
"""


CHANGES = """
    import os, pytest
    @pytest.mark.parametrize("number", range(4))
    def test_changes(localenv_test, number):
        localenv_test.need("cache").connect().set("mine", "changed")
        localenv_test.need("cache").connect().incr("counter")
    def test_dies(localenv_test):
        localenv_test.need("cache").connect().set("mine", "changed by a dead one")
        os._exit(1)
"""
SETTINGS = """
    import pytest
    @pytest.fixture(scope="session")
    def localenv_settings():
        return {"keep": "always", "artifacts": "artifacts"}
"""


@pytest.fixture
def suite(with_cache: Callable[..., Any]) -> Any:
    return with_cache({"tests/test_inner.py": COUNTS.format(first=1)})


@on(compose=pytest.mark.full)
def test_a_failed_session_is_kept_for_an_hour_attached_to_and_replaced(suite: Any) -> None:
    suite.write({"tests/test_inner.py": COUNTS.format(first=2)})
    ran = suite.run("--localenv-keep=failed")
    identity = _only(suite)
    before = suite.instances()

    assert re.search(rf"{identity}: started in [\d.]+ s$", ran.out, re.MULTILINE)
    assert f"{identity} stays up for an hour; use it again: `pytest --localenv-attach {identity}`," in ran.out
    assert f"remove it: `localenv down {identity}`, extend it: `localenv extend {identity} 1h`" in ran.out
    assert re.search(IN_TWO_HOURS, suite.localenv("extend", identity, "1h"))

    suite.write({"tests/test_inner.py": COUNTS.format(first=1)})
    attached = suite.run("--localenv-attach", identity)
    assert attached.code == 0, attached.out
    assert suite.instances() == before

    assert suite.run().code == 0  # has its own, and no use for what was kept
    assert suite.left() == set()


def test_a_suite_may_say_itself_what_is_left_of_its_sessions(suite: Any) -> None:
    suite.write({"tests/conftest.py": SETTINGS})
    for workers in ((), ("-n", "1")):
        ran = suite.run(*workers)
        identity = _only(suite)

        assert f"{identity} stays up for an hour" in ran.out
        assert (suite.folder / "artifacts" / identity / "events.jsonl").is_file()
        suite.localenv("down", identity)
    assert suite.left() == set()


def test_a_session_that_passes_keeps_nothing(suite: Any) -> None:
    assert suite.run("--localenv-keep=failed").code == 0
    assert suite.left() == set()


def test_what_a_person_has_started_is_used_and_left_as_it_was(suite: Any) -> None:
    suite.localenv("up", "--detach", "--for", "1h")
    before = suite.instances()
    suite.localenv("connect", "cache", "--", "set", "counter", "0")
    ran = suite.run("--localenv-reuse")

    assert ran.code == 0, ran.out
    assert suite.instances() == before
    assert suite.localenv("connect", "cache", "--", "get", "counter").strip() == "0"
    assert re.search(IN_TWO_HOURS, suite.localenv("extend", "1h"))

    own = suite.run()
    assert own.code == 0, own.out
    assert suite.instances() == before

    suite.write({"envs/local.yaml": "name: small\nneeds: {cache: redis, other: redis}\n"})
    changed = suite.run("--localenv-reuse")
    assert changed.code == 0, changed.out
    assert suite.instances().keys() == {"cache", "other"}
    suite.localenv("down")
    assert suite.left() == set()


@pytest.mark.parametrize("isolation", [pytest.param("shared", marks=pytest.mark.full), "worker"])
def test_a_person_finds_what_was_there_before_workers_used_it_and_one_of_them_died(suite: Any, isolation: str) -> None:
    suite.write({"tests/test_inner.py": CHANGES})
    suite.localenv("up", "--detach")
    suite.localenv("connect", "cache", "--", "set", "mine", "before")
    ran = suite.run("-n", "2", "--localenv-reuse", f"--localenv-isolation={isolation}")

    assert "1 failed, 4 passed" in ran.out, ran.out
    assert suite.localenv("connect", "cache", "--", "get", "mine").strip() == "before"
    assert suite.localenv("connect", "cache", "--", "dbsize").strip() == "1"
    suite.localenv("down")
    assert suite.left() == set()


def test_what_ends_with_a_person_still_does_after_a_session_used_it(suite: Any, until: Callable[..., Any]) -> None:
    up = suite.begin("localenv", "up")
    until(lambda: json.loads(suite.localenv("status", "--json"))["state"] == "ready", "environment")
    ran = suite.run("--localenv-reuse")
    assert up.code is None
    up.signal(signal.SIGINT)
    up.wait(60)

    assert ran.code == 0, ran.out
    assert suite.left() == set()


def test_a_session_of_several_workers_does_not_share_one_environment_by_mistake(suite: Any) -> None:
    ran = suite.run("-n", "2", "--localenv-reuse", "--localenv-isolation=environment")

    assert ran.code == 1
    assert "add --localenv-isolation=shared, or run without workers" in ran.out
    assert suite.left() == set()


def test_the_failure_of_a_start_is_shown_once_for_all_tests(suite: Any) -> None:
    broken = "{command: sh -c 'echo the disk is on fire; exit 3', service: cache}"
    suite.write({"envs/local.yaml": f"name: small\nneeds: {{cache: redis}}\njobs: {{broken: {broken}}}\n"})
    ran = suite.run()

    assert ran.code == 1
    assert ran.out.count("    the disk is on fire") == 1
    assert "hint: keep everything up with localenv up local --keep-on-failure" in ran.out
    assert [ran.outcome(name) for name in ("test_one", "test_two")] == ["error", "error"]
    assert suite.left() == set()


def test_a_setting_that_does_not_exist_is_refused(suite: Any) -> None:
    assert "--localenv-isolation" in suite.run("--localenv-isolation=none").out
    refused = suite.run(more={"LOCALENV_KEEP": "sometimes"})
    assert "localenv: keep is one of failed, always, never, not 'sometimes'" in refused.out
    assert "Traceback" not in refused.out
    assert "INTERNALERROR" not in refused.out


def _only(suite: Any) -> str:
    """The one environment of a suite."""
    everything = json.loads(suite.localenv("ls", "--json"))
    (identity,) = [one["environment"] for one in everything if one["repository"] == str(suite.folder)]
    return str(identity)


INSIDE = """
    import json, os, subprocess, sys
    def test_it_is_the_one_that_up_started(localenv_test):
        assert localenv_test.identity == os.environ["LOCALENV_ENVIRONMENT"]
        assert localenv_test.identity.startswith("small-ci-")
        states = os.listdir(os.path.join(os.environ["XDG_STATE_HOME"], "localenv"))
        assert [one for one in states if not one.startswith(".")] == [localenv_test.identity]
        told = subprocess.run([sys.executable, "-m", "localenv", "status", "--json"], capture_output=True, text=True)
        assert json.loads(told.stdout)["environment"] == localenv_test.identity
    def test_what_a_test_changes_is_undone(localenv_test):
        assert localenv_test.need("cache").connect().incr("counter") == 1
    def test_for_the_next_one(localenv_test):
        assert localenv_test.need("cache").connect().incr("counter") == 1
"""


@on(compose=pytest.mark.full)
def test_inside_of_up_the_session_and_every_command_mean_that_environment(with_cache: Callable[..., Any]) -> None:
    suite = with_cache({"envs/ci.yaml": "extends: local.yaml\n", "tests/test_inner.py": INSIDE})

    program = [sys.executable, "-m", "pytest", "-q", *LOADED, "-p", "no:cacheprovider"]
    output = suite.localenv("up", "ci", "--", *program)

    assert "3 passed" in output
    assert suite.left() == set()
