"""Try a request on a stub server without effect: no scenario moves, no stub answers, nothing stays in the journal."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import uuid4

from localenv.stubs.recognition import MARK

if TYPE_CHECKING:
    from localenv.stubs.admin import Admin

_TRIAL = "X-Localenv-Trial"


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A request that has not been sent."""

    method: str
    url: str  # path and query
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def sent(self) -> dict[str, str]:
        """Its headers, with a content type that fits its body if it has none."""
        if not self.body or any(name.lower() == "content-type" for name in self.headers):
            return dict(self.headers)
        return {**self.headers, "Content-Type": "application/json" if _is_json(self.body) else _FORM}


_FORM = "application/x-www-form-urlencoded"


@contextmanager
def journalled(admin: "Admin", upstream: str, host: str, trial: Trial) -> Iterator[tuple[Mapping[str, Any], str]]:
    """The trial as a request of the journal, until the block exits, and the id of the stub that took it."""
    mark = uuid4().hex
    pattern = {"headers": {_TRIAL: {"equalTo": mark}}}
    (stub,) = admin.overlay(upstream, [{"priority": 1, "request": pattern, "response": {"status": 204}}])
    try:
        headers = {**trial.sent, "Host": host, MARK: upstream, _TRIAL: mark}
        admin.send(trial.method, trial.url, headers=headers, content=trial.body)
        (event,) = admin.events_of(stub)
        try:
            yield event["request"], stub
        finally:
            admin.forget(event["id"])
    finally:
        admin.remove([stub])


def parted(url: str) -> tuple[str, str]:
    """The host of a URL (empty for a path), and its path with the query."""
    if url.startswith("/"):
        return "", url
    split = urlsplit(url)
    path = split.path or "/"
    return split.netloc.rpartition("@")[2], f"{path}?{split.query}" if split.query else path


def _is_json(body: bytes) -> bool:
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return False
    return True
