"""Several workers of pytest-xdist: what each has of its own, and what becomes of a crashed one's changes."""

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.docker

# each test has its own answer, and has to see nothing of the other workers' calls
CROWD = """
    import pytest

    @pytest.mark.parametrize("number", range(24))
    def test_alone(localenv_test, number):
        shop = localenv_test.upstream("shop")
        shop.get("/price").reply(200, body=f"mine is {number}")
        api = localenv_test.client("api")
        for _ in range(3):
            assert api.get("/ask/price").json()["body"] == f"mine is {number}"
        shop.get("/price").assert_called(times=3)

    def test_unmatched(localenv_test):
        localenv_test.client("api").get("/swallow/nothing")

"""
CRASH = """
    import os, pathlib, pytest

    def test_crash(localenv_test):
        localenv_test.upstream("shop").get("/price").reply(200, body="of a dead one")
        assert localenv_test.client("api").get("/ask/price").json()["body"] == "of a dead one"
        os._exit(1)

    @pytest.mark.parametrize("number", range(4))
    def test_after(localenv_test, number):
        assert localenv_test.client("api").get("/ask/price").json()["body"] == "of the repository"
"""
NOTHING = "def test_nothing(): pass"


@pytest.mark.parametrize("isolation", ["worker", "shared", "environment"])
def test_no_test_sees_another_ones_stubs_and_calls(with_service: Callable[..., Any], isolation: str) -> None:
    suite = with_service({"tests/test_inner.py": CROWD})
    ran = suite.run("-n", "2", f"--localenv-isolation={isolation}")

    assert "1 failed, 24 passed" in ran.out, ran.out
    assert "shop: GET /nothing matched no stub" in ran.report("test_unmatched")
    environments = {ran.properties(f"test_alone[{number}]")["localenv.environment"] for number in range(24)}
    assert len(environments) == (2 if isolation == "environment" else 1)
    assert suite.left() == set()


def test_whoever_takes_a_crashed_workers_place_finds_nothing_of_it(with_service: Callable[..., Any]) -> None:
    suite = with_service({"tests/test_inner.py": CRASH})
    ran = suite.run("-n", "1")

    assert "1 failed, 4 passed" in ran.out, ran.out
    assert suite.left() == set()


def test_what_other_workers_use_too_cannot_be_stopped(with_service: Callable[..., Any]) -> None:
    suite = with_service({"tests/test_inner.py": "def test_it(localenv_test): localenv_test.stop('api')"})
    ran = suite.run("-n", "2", "--localenv-isolation=shared")

    assert "other workers use api too" in ran.report("test_it")


def test_where_no_test_asks_nothing_starts(with_cache: Callable[..., Any]) -> None:
    suite = with_cache({"tests/test_inner.py": NOTHING})
    for arguments in ((), ("-n", "2")):
        ran = suite.run(*arguments)

        assert ran.code == 0
        assert "is removed" not in ran.out
        assert suite.left() == set()
