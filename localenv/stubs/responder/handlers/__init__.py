"""What the responder answers, by subject: the first segment of the path that WireMock proxies to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request: `path` and `query` behind `/SUBJECT/UPSTREAM`, headers by lower-case name."""

    upstream: str
    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, kw_only=True)
class Answered:
    """A response."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class Handler(Protocol):
    """Answers the requests of one subject; called from several threads."""

    def __call__(self, asked: Asked) -> Answered:
        """The answer; an exception becomes a 500 that names it."""


def of(subject: str, state: Path) -> Handler | None:
    """The handler of a subject, which reads its files in the folder of the environment's state; None if unknown."""
    make = _HANDLERS.get(subject)
    return make(state) if make else None


def _flags(state: Path) -> Handler:
    from localenv.stubs.responder.handlers import flags  # each handler is loaded when it is first asked

    return flags.handler(state)


_HANDLERS: Mapping[str, Callable[[Path], Handler]] = {"flags": _flags}
