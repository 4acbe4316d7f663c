"""Unmatched requests, which a foreground `up` looks for each second."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from localenv.environment import unmatched
from localenv.stack import Unmatched


@dataclass
class Server:
    """An admin API with a number of requests, all unmatched; `read` counts how often its journal was read."""

    requests: int = 0
    read: int = 0
    stack: Any = field(default_factory=lambda: SimpleNamespace(unmatched=lambda _: Unmatched.FAIL))

    def total(self) -> int:
        return self.requests

    def counts(self) -> dict[str, tuple[int, int]]:
        self.read += 1
        return {"payments": (self.requests, self.requests)}

    def unmatched(self, upstream: str) -> list[str]:
        return [upstream]


def test_the_journal_is_read_only_when_a_request_has_come_or_after_a_while(monkeypatch):
    server, now = Server(), 0.0

    @contextmanager
    def admin(*_: object) -> Iterator[Server]:
        yield server

    monkeypatch.setattr(unmatched.stubbing, "admin", admin)
    monkeypatch.setattr(unmatched.time, "monotonic", lambda: now)

    with unmatched.UnmatchedWatch(server, "localenv.stubs") as watch:  # the server is the deployment, too
        assert (watch.look(), watch.look(), server.read) == ([], [], 1)

        server.requests = 1
        assert (watch.look(), watch.look(), server.read) == (["payments"], [], 2)

        now += 60.0
        assert (watch.look(), server.read) == ([], 3)

        server.requests = unmatched.JOURNAL  # a full journal keeps its length
        assert (watch.look(), watch.look(), server.read) == (["payments"], [], 5)
