"""What is read of a large journal."""

import json
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

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
