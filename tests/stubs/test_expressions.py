import time

import pytest

from localenv.stubs import expressions, journal


@pytest.fixture(autouse=True)
def new_allowance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expressions, "_allowance", expressions._Allowance())


@pytest.mark.parametrize(
    ("expression", "text", "fits"),
    [
        ("/orders/[0-9]+/items/[^/]+", "/orders/12/items/a", True),
        ("/orders/[0-9]+/items/[^/]+", "/orders/12/items/a/b", False),
        ("/a(b|c)*d", "/abcbd", True),
        ("/a(b|c)*d", "/abcb", False),
        ("[", "[", False),
        (".*", "/x", True),
    ],
)
def test_an_expression_is_matched_with_a_whole_text(expression: str, text: str, fits: bool) -> None:
    assert expressions.matches(expression, text) is fits


@pytest.mark.parametrize(
    "expression",
    [
        "/(a+)+b",
        "/(a|aa)+b",
        r"/\S*\S*/\S*\S*/\S*b",
        *(pytest.param(one, marks=pytest.mark.full) for one in ("/(a|a)*b", "/a*a*a*a*a*a*a*a*b")),
        pytest.param("/[!-~]*[!-~]*/[!-~]*/[!-~]*b", marks=pytest.mark.full),
        pytest.param("/[--9]*[--9]*/[--9]*/[--9]*b", marks=pytest.mark.full),
    ],
)
def test_one_that_never_ends_ends_within_two_seconds(expression: str) -> None:
    began = time.process_time()
    assert not expressions.matches(expression, "/" + "a" * 1000)
    assert not expressions.matches(expression, "/a" * 500)
    assert not expressions.matches(expression, "/" * 1000)
    assert time.process_time() - began < 30


def test_long_urls_are_compared_in_no_time() -> None:
    request = {"method": "GET", "url": "/" + "ab" * 50_000, "loggedDate": 0, "headers": {}}
    stubs = [{"request": {"url": f"/{'ba' * 50_000}{number}"}} for number in range(20)]
    began = time.process_time()
    journal.explain("pay", [request], stubs, {}, lambda pattern: False)
    assert time.process_time() - began < 30


def test_many_that_never_end_take_a_few_seconds_together() -> None:
    began = time.monotonic()
    assert not any(expressions.matches(f"/(a+)+b{number}", "/" + "a" * 100) for number in range(1000))
    assert time.monotonic() - began < 60


def test_thousands_of_stubs_are_compared_in_no_time() -> None:
    request = {"method": "GET", "url": "/orders/12/items?page=1", "loggedDate": 0, "headers": {}}
    stubs = [{"request": {"urlPathTemplate": f"/shop{n}/{{id}}/{'x' * 200}", "method": "GET"}} for n in range(3000)]
    near = {"name": "near", "request": {"urlPathTemplate": "/orders/{id}/item", "method": "GET"}}
    began = time.process_time()
    found = [journal.explain("pay", [request], [*stubs, near], {}, lambda pattern: False) for _ in range(10)]
    assert time.process_time() - began < 30
    assert {one.nearest for one in found} == {"near"}
