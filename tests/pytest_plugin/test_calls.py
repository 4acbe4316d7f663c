"""Events of the journal as calls, and which of them an assertion selects."""

from base64 import b64encode
from typing import Any

import pytest

from localenv.pytest_plugin.calls import fits, holds
from localenv.stubs.answers import Wanted
from localenv.stubs.calls import Call, of_event


def event(**changes: Any) -> dict[str, Any]:
    request = {
        "method": "POST",
        "url": "/orders/7?page=2&page=3",
        "headers": {"Content-Type": "application/json", "X-Many": ["a", "b"]},
        "loggedDate": 1_700_000_000_250,
        "bodyAsBase64": b64encode(b'{"sku": "lamp", "lines": [{"n": 1, "x": 2}]}').decode(),
    }
    return {"id": "1", "request": request | changes, "response": {"status": 201}, "wasMatched": True}


def call(**changes: Any) -> Call:
    return of_event("shop", event(**changes))


def test_a_call_has_what_was_sent_and_answered() -> None:
    one = call()

    assert (one.upstream, one.method, one.path, one.query, one.status) == (
        "shop",
        "POST",
        "/orders/7",
        {"page": "3"},
        201,
    )
    assert one.headers["content-type"] == "application/json"
    assert one.headers["x-many"] == "a, b"
    assert one.time == 1_700_000_000.25
    assert one.json["sku"] == "lamp"


@pytest.mark.parametrize(
    ("wanted", "is_meant"),
    [
        (Wanted(), True),
        (Wanted(method="GET"), False),
        (Wanted(path="/orders/7"), True),
        (Wanted(path="/orders"), False),
        (Wanted(path="/orders/{id}"), True),
        (Wanted(path="/{what}"), False),
        (Wanted(path="/orders/7?page=2&page=3"), True),
        (Wanted(query={"page": "3"}), True),
        (Wanted(query={"page": 2}), True),
        (Wanted(path="/orders/{id}?page=2"), True),
        (Wanted(query={"page": "9"}), False),
        (Wanted(headers={"content-type": "application/json"}), True),
        (Wanted(headers={"Authorization": "x"}), False),
        (Wanted(json={"sku": "lamp"}), True),
        (Wanted(json={"lines": [{"n": 1}]}), True),
        (Wanted(json={"lines": []}), True),  # as in the stub server
        (Wanted(json={"lines": [{"n": 1}, {"n": 2}]}), False),
        (Wanted(json={"lines": [{"n": True}]}), False),
        (Wanted(json={"sku": "chair"}), False),
    ],
)
def test_a_test_means_the_calls_that_fit(wanted: Wanted, is_meant: bool) -> None:
    assert fits(call(), wanted) is is_meant


def test_what_a_body_is_asserted_to_hold_has_whole_lists() -> None:
    assert holds(call(), {"lines": [{"n": 1}]})
    assert not holds(call(), {"lines": []})


def test_a_body_that_is_no_json_holds_nothing() -> None:
    assert not fits(call(bodyAsBase64=b64encode(b"<html>").decode()), Wanted(json={}))
