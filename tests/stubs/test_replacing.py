"""Only stubs that differ from those on the server are sent again."""

from typing import Any

import pytest

from localenv.stubs.replacing import changed

OWN = {"id": "a", "priority": 10, "request": {"method": "GET"}, "response": {"jsonBody": {"n": 1, "x": [1.0]}}}


def on_server(**more: Any) -> dict[str, Any]:
    return {"insertionIndex": 7, "uuid": "a", **dict(reversed(OWN.items())), **more}


def test_a_stub_that_is_on_the_server_as_it_is_stays() -> None:
    assert changed([OWN], [on_server()]) == []


@pytest.mark.parametrize(
    "there",
    [
        [],
        [on_server(id="b")],
        [on_server(priority=11)],
        [on_server(response={"jsonBody": {"n": 1.0, "x": [1.0]}})],
        [on_server(response={"jsonBody": {"n": True, "x": [1.0]}})],
        [on_server(response={"jsonBody": {"x": [1.0], "n": 1}})],
        [on_server(persistent=True)],
    ],
)
def test_one_that_differs_is_sent(there: list[dict[str, Any]]) -> None:
    assert changed([OWN], there) == [OWN]
