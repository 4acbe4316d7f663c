"""Stubs saved while a session runs: a test uses those saved before it began."""

from collections.abc import Callable
from typing import Any

import pytest

TESTS = """
import json
from pathlib import Path
import httpx, pytest

FILE = Path(__file__).parent.parent / "stubs/shop/mappings/price.json"
BEFORE = FILE.read_text()

def price(localenv_test):
    return httpx.get(localenv_test.url("shop") + "/price").text

def test_one(localenv_test):
    assert price(localenv_test) == "of the repository"
    FILE.write_text(BEFORE.replace("of the repository", "saved"))
    assert price(localenv_test) == "of the repository"

def test_two(localenv_test):
    assert price(localenv_test) == "saved"
    FILE.write_text(BEFORE.replace('"response"', '"respond"'))

@pytest.mark.filterwarnings("default")
def test_three(localenv_test):
    assert price(localenv_test) == "saved"
    FILE.write_text(BEFORE)

def test_four(localenv_test):
    assert price(localenv_test) == "of the repository"
"""


@pytest.mark.parametrize("arguments", [(), ("-n", "1")], ids=["alone", "worker"])
def test_a_saved_stub_is_there_from_the_next_test_on_and_a_mistake_only_warns(
    with_service: Callable[..., Any], arguments: tuple[str, ...]
) -> None:
    suite = with_service({"tests/test_inner.py": TESTS, "pytest.ini": "[pytest]\n"})
    ran = suite.run(*arguments)

    assert ran.code == 0, ran.out
    assert "PytestWarning: shop: not reloaded, the old stubs stay active:" in ran.out
    assert "stubs/shop/mappings/price.json:3:" in ran.out
    assert suite.left() == set()
