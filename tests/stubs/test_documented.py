"""A failure with a status has the body that the contract documents."""

from pathlib import Path
from typing import Any

import pytest

from localenv.stack import StubSource, Upstream
from localenv.stubs.answers import Wanted
from localenv.stubs.documented import failures
from tests.stubs.sources.openapi.conftest import written


def saying(**codes: str) -> dict[str, Any]:
    """An operation that answers these codes with these texts."""
    content = {code: {"application/json": {"example": {"error": text}}} for code, text in codes.items()}
    responses = {code.removeprefix("c"): {"description": "x", "content": one} for code, one in content.items()}
    return {"responses": {"200": {"description": "ok"}, **responses}}


PATHS = {
    "/charges": {"post": saying(c402="declined", c4XX="any")},
    "/charges/{id}": {"get": saying(c404="no charge", default="broken")},
    "/charges/latest": {"get": saying(c404="no latest")},
}


@pytest.fixture
def shop(tmp_path: Path) -> Upstream:
    source = StubSource(kind="openapi", value=written(tmp_path, PATHS))
    return Upstream(name="shop", server="s", sources=(source,))


FAILURES = {
    "one operation": (Wanted(method="POST", path="/charges"), 402, ["declined"]),
    "a range": (Wanted(method="POST", path="/charges"), 409, ["any"]),
    "the default": (Wanted(method="GET", path="/charges/7"), 500, ["broken"]),
    "the most precise path": (Wanted(method="GET", path="/charges/latest"), 404, ["no latest"]),
    "a template": (Wanted(method="GET", path="/charges/{x}"), 404, ["no charge"]),
    "any method": (Wanted(path="/charges/7"), 404, ["no charge"]),
    "every path": (Wanted(), 404, ["no latest", "no charge", "any"]),
    "nothing documented": (Wanted(method="POST", path="/charges"), 503, []),
    "no operation": (Wanted(path="/orders"), 404, []),
}


@pytest.mark.parametrize("name", FAILURES)
def test_a_failure_has_the_documented_body(shop: Upstream, name: str) -> None:
    wanted, status, expected = FAILURES[name]
    found = failures(shop, wanted, status, {"fixedDelayMilliseconds": 5})

    assert sorted(text for one in found for text in expected if text in one["response"]["body"]) == sorted(expected)
    assert len(found) == len(expected)
    assert all(one["response"]["status"] == status for one in found)
    assert all(one["response"]["fixedDelayMilliseconds"] == 5 for one in found)
    assert all(one["request"]["method"] in ("GET", "POST", "ANY") for one in found)
