"""Stubs that answer what no other stub matches with 404, where WireMock itself answers something else."""

from collections.abc import Mapping
from typing import Any

OF_OLD = "6f1d3c52-7e0b-5d94-8a53-2b9d0f6c1e84"
OF_PERCENT = "d3b5f0a8-41c7-5e62-9f0d-7a6c2e8b1f35"
STUBS = frozenset({OF_OLD, OF_PERCENT})  # their ids

_AFTER_ALL = 2**31 - 1  # a priority
_RESPONSE = {
    "status": 404,
    "headers": {"Content-Type": "text/plain"},
    "body": "No stub matches this request; see the nearest one with: localenv explain\n",
}


def of_old() -> dict[str, Any]:
    """For WireMock 2: there every such request gets 401 if the admin API has a password."""
    return {"id": OF_OLD, "priority": _AFTER_ALL, "request": {"method": "ANY"}, "response": _RESPONSE}


def of_percent() -> dict[str, Any]:
    """For URLs with a percent sign: WireMock looks for a file of that name, decodes it twice, and answers 500."""
    request = {"method": "GET", "urlPattern": "/.*%25.*"}
    name = "no stub matches; see the nearest one with: localenv explain"  # WireMock shows it where none is near
    return {"id": OF_PERCENT, "name": name, "priority": _AFTER_ALL, "request": request, "response": _RESPONSE}


def as_unmatched(event: Mapping[str, Any]) -> dict[str, Any]:
    """An event of the journal; if one of these stubs answered, it counts as unmatched."""
    if event.get("stubMapping", {}).get("id") not in STUBS:
        return dict(event)
    return {key: value for key, value in event.items() if key != "stubMapping"} | {"wasMatched": False}
