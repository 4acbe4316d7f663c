"""What a handler of the responder gets and gives."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class ResponderRequest:
    """A request: `path` and `query` behind `/SUBJECT/UPSTREAM`, headers by lower-case name."""

    upstream: str
    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, kw_only=True)
class ResponderAnswer:
    """A response."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class MalformedRequest(ValueError):  # noqa: N818 - an answer
    """A request that cannot be read; the message says why."""


class Handler(Protocol):
    """Answers the requests of one subject; called from several threads."""

    def __call__(self, asked: ResponderRequest) -> ResponderAnswer:
        """The answer; MalformedRequest and RecursionError become a 400, another exception a 500, which name it."""
