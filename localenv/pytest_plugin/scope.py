"""For how long something that is changed stays changed, and what belongs to it: a test, a fixture, or the session."""

import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from hashlib import sha256
from secrets import token_hex
from typing import Any

from localenv.pytest_plugin.settings import SessionSettings

_RUN = token_hex(8)  # two runs of one test are two traces


@dataclass(kw_only=True)
class Scope:
    """One test, or the session; `began` in seconds since the epoch."""

    name: str  # the test's node id
    settings: SessionSettings
    running: Any = None  # the environment, once there is one
    began: float = field(default_factory=time.time)
    undo: ExitStack = field(default_factory=ExitStack, repr=False)
    used: list[Any] = field(default_factory=list, repr=False)  # environments, by a fixture for several tests
    answered: list[str] = field(default_factory=list)  # what services answered to `.client`
    reported: set[str] = field(default_factory=set)  # ids of unmatched requests that somebody was told of
    broken: bool = False  # a service hung up on `.client`
    interfered: bool = False  # the test has stopped or paused something itself
    stopped: set[str] = field(default_factory=set)  # what of it does not run now
    arguments: Mapping[str, Any] = field(default_factory=dict)  # of the marker
    key: tuple[object, ...] = ()  # tells which environment it has
    has_failed: bool = False
    again: str = ""  # the command that runs it alone

    @property
    def suspects(self) -> bool:
        """Whether a service may have ended which the engine does not know of yet."""
        return self.broken and not self.interfered

    def restart(self) -> None:
        """What was before does not count: the environment was being started."""
        self.began = time.time()

    @property
    def trace(self) -> str:
        """The trace id of every request made for it."""
        return sha256(f"{_RUN} {self.name}".encode()).hexdigest()[:32]

    def traceparent(self) -> str:
        """A header of W3C's Trace Context, with a span of its own."""
        return f"00-{self.trace}-{token_hex(8)}-01"
