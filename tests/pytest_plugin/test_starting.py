"""The output during an environment's start: one line with its duration, and a failure only once."""

import re
from collections.abc import Callable
from typing import Any

import pytest

TWO = """
    def test_one(localenv_test): pass
    def test_two(localenv_test): pass
"""
BROKEN = """
    name: small
    needs: {cache: redis}
    jobs: {fill: {command: sleep soon, service: cache}}
"""

LIMITED = """
    import os, pathlib, pytest, signal, threading, time
    def limited(*_): pytest.fail("Timeout (>9.0s) from pytest-timeout.")
    def watch():
        while not pathlib.Path("reached").exists():
            time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGALRM)
    signal.signal(signal.SIGALRM, limited)
    threading.Thread(target=watch, daemon=True).start()
"""


def test_a_line_says_that_it_starts_and_the_end_how_long_that_took(with_cache: Callable[..., Any]) -> None:
    ran = with_cache({"tests/test_inner.py": TWO}).run()

    assert re.search(
        r"localenv: starting small-pytest-local-\w+ … started in [\d.]+ m?s\ntests/test_inner.py \.", ran.out
    )
    assert re.search(r"small-pytest-local-\w+: started in [\d.]+ s, removed in [\d.]+ s", ran.out)


def test_each_line_of_a_verbose_run_is_whole(with_cache: Callable[..., Any]) -> None:
    ran = with_cache({"tests/test_inner.py": TWO}).run("-v")

    assert re.search(
        r"localenv: starting small\S+ … started in [\d.]+ m?s\ntests/test_inner.py::test_one PASSED", ran.out
    )


@pytest.mark.parametrize("quiet", ["-qq", "-qqq"])
def test_who_wants_to_see_nothing_sees_nothing(with_cache: Callable[..., Any], quiet: str) -> None:
    assert "starting" not in with_cache({"tests/test_inner.py": TWO}).run(quiet).out


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "workers"])
def test_a_start_that_failed_is_told_in_full_once(with_cache: Callable[..., Any], workers: tuple[str, ...]) -> None:
    suite = with_cache({"envs/local.yaml": BROKEN, "tests/test_inner.py": TWO})

    ran = suite.run(*workers)

    reports = [ran.report(f"ERROR at setup of {name}") for name in ("test_one", "test_two")]
    assert sorted("localenv: fill failed" in one for one in reports) == [True, True], ran.out
    assert sorted("hint: keep everything up" in one for one in reports) == [False, True], ran.out
    assert ran.out.count("(shown in full by tests/test_inner.py::test_") == 1 + bool(workers) or not workers
    assert suite.left() == set()


def test_a_start_that_the_limit_of_one_test_ends_is_tried_again_by_the_next(with_cache: Callable[..., Any]) -> None:
    suite = with_cache({"tests/conftest.py": LIMITED, "tests/test_inner.py": TWO})
    reached = suite.folder / "reached"
    job = BROKEN.replace("sleep soon", f"sh -c 'test -e {reached} || {{ touch {reached}; sleep 60; }}'")
    suite.write({"envs/local.yaml": job.replace("{command: sh", '{command: "sh').replace(", service", '", service')})

    ran = suite.run()

    assert (ran.outcome("test_one"), ran.outcome("test_two")) == ("error", "passed"), ran.out
    assert "localenv: the environment was still starting: Timeout" in ran.report("ERROR at setup of test_one")
    assert "During handling" not in ran.out
    assert suite.left() == set()


def test_a_worker_says_that_it_starts(with_cache: Callable[..., Any]) -> None:
    assert with_cache({"tests/test_inner.py": TWO}).run("-n", "2").out.count("localenv: starting small-pytest") == 1
