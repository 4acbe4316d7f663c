"""What is read of a large journal."""

import json
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from localenv.stubs import not_found
from localenv.stubs.reading import Journal
from localenv.stubs.recognition import Recognition


@dataclass
class Asking:
    """A stub server whose journal has so many requests, of so many bytes each."""

    total: int
    size: int
    is_old: bool = False

    def ask(self, method: str, path: str, *, params: dict[str, Any]) -> httpx.Response:
        assert (method, path) == ("GET", "/requests")
        event = {"id": "1", "request": {"headers": {}, "body": "x" * self.size}}
        requests = [event] * min(int(params["limit"]), self.total)
        return httpx.Response(200, content=json.dumps({"meta": {"total": self.total}, "requests": requests}).encode())


@pytest.mark.parametrize(
    ("total", "size", "is_whole"), [(50, 10, True), (300, 10, True), (300, 1 << 18, False)], ids=str
)
def test_what_the_newest_requests_leave_out_is_counted(total: int, size: int, is_whole: bool) -> None:
    journal = Journal(Asking(total, size), Recognition(upstreams=()))  # type: ignore[arg-type]
    found = journal.newest()

    assert len(found) + journal.left_out == total
    assert (journal.left_out == 0) is is_whole


@dataclass
class Answering:
    """A stub server with a journal of URLs, by the query that selects them; each was asked at its place in time."""

    asked: dict[str, list[str]]
    is_old: bool

    def ask(self, method: str, path: str, *, params: dict[str, Any]) -> httpx.Response:
        selected = self.asked.get(params.get("matchingStub", "unmatched" if "unmatched" in params else ""), ())
        requests = [
            {
                "id": url,
                "wasMatched": "matchingStub" in params,
                "request": {"url": url, "headers": {}, "loggedDate": int(url[1])},
                "stubMapping": {"id": params.get("matchingStub", "")},
            }
            for url in selected
        ]
        return httpx.Response(200, json={"meta": {"total": len(requests)}, "requests": requests})


@pytest.mark.parametrize(("is_old", "query"), [(False, "unmatched"), (True, not_found.OF_OLD)], ids=["new", "old"])
def test_requests_that_a_stub_answers_because_no_other_matches_are_unmatched_ones(is_old: bool, query: str) -> None:
    asking = Answering({query: ["/4", "/1"], not_found.OF_PERCENT: ["/5%25", "/2%25"], "": ["/3"]}, is_old)
    journal = Journal(asking, Recognition(upstreams=()))  # type: ignore[arg-type]
    lost = journal.lost(0)

    assert [one["url"] for one in journal.unmatched()] == ["/5%25", "/4", "/2%25", "/1"]
    assert [one["request"]["url"] for one in lost] == ["/5%25", "/4", "/2%25", "/1"]
    assert not any("stubMapping" in one for one in lost if "%" in one["id"])
    assert not any(one["wasMatched"] for one in lost)
