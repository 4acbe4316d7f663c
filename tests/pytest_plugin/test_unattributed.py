"""Unmatched requests that belong to no test: reported at the end, without failing a test."""

from collections.abc import Callable
from typing import Any

import pytest

TESTS = """
import pathlib, time
import httpx

def test_whose_service_asks_later(localenv_test):
    localenv_test.client("api").get("/held/prices")
    httpx.get(localenv_test.url("gossip") + "/anything")
    pathlib.Path("api").write_text(localenv_test.url("api"))

def test_of_something_else():
    while not pathlib.Path("over").exists():  # workers run both at once
        time.sleep(0.05)
    httpx.get(pathlib.Path("api").read_text() + "/release", timeout=60)

def test_after_it(localenv_test):
    assert localenv_test.upstream("shop").requests() == []
"""
OVER = """
import pathlib

def pytest_runtest_logfinish(nodeid):
    if "asks_later" in nodeid:
        pathlib.Path("over").touch()
"""
UNTRACED = """
import httpx, pytest

@pytest.mark.parametrize("number", range(4))
def test_it(localenv_test, number):
    httpx.get(localenv_test.url("shop") + "/nobodys")
"""
HEADING = "warning: requests that belong to no test:\n"


@pytest.fixture(scope="module")
def suite(with_service: Callable[..., Any]) -> Any:
    return with_service({})


@pytest.mark.parametrize("arguments", [(), ("-n", "2", "--localenv-isolation=shared")], ids=["alone", "shared"])
def test_what_was_asked_between_tests_is_told_with_a_mapping_to_paste(suite: Any, arguments: tuple[str, ...]) -> None:
    suite.write({"tests/test_inner.py": TESTS, "conftest.py": OVER})
    (suite.folder / "over").unlink(missing_ok=True)
    ran = suite.run(*arguments)

    assert ran.code == 0, ran.out
    _, _, output = ran.out.partition(HEADING)
    assert output.startswith("shop: GET /prices matched no stub\n  nearest: a price"), ran.out
    assert '"urlPath": "/prices"' in output
    assert "gossip" not in output
    assert suite.left() == set()


def test_what_nobody_wants_to_know_is_not_told(suite: Any) -> None:
    suite.write({"tests/test_inner.py": TESTS, "conftest.py": OVER})
    (suite.folder / "over").unlink(missing_ok=True)
    ran = suite.run("--localenv-unmatched=ignore")

    assert ran.code == 0, ran.out
    assert HEADING not in ran.out


def test_where_workers_share_all_what_has_no_trace_of_a_test_is_told_once(suite: Any) -> None:
    suite.write({"tests/test_inner.py": UNTRACED})
    ran = suite.run("-n", "2", "--localenv-isolation=shared")

    assert ran.code == 0, ran.out
    assert ran.out.count("shop: GET /nobodys matched no stub") == 1
