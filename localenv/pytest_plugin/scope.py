"""The scope of changes to an environment: a test, a fixture, or the session."""

import os
import shlex
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from hashlib import sha256
from secrets import token_hex
from typing import Any

import pytest

from localenv.pytest_plugin.settings import OPTIONS, SessionSettings
from localenv.stubs.vocabulary import OF_SEVERAL, SHARED_TRACE

_RUN = token_hex(8)  # two runs of a test have different traces


@dataclass(kw_only=True)
class Scope:
    """One test, or the session; `began` in seconds since the epoch."""

    name: str  # the test's node id
    settings: SessionSettings
    running: Any = None  # the environment, once it is running
    began: float = field(default_factory=time.time)
    undo: ExitStack = field(default_factory=ExitStack, repr=False)
    used: list[Any] = field(default_factory=list, repr=False)  # environments used by a fixture for several tests
    answered: list[str] = field(default_factory=list)  # responses of services to `.client`
    reported: set[str] = field(default_factory=set)  # ids of unmatched requests that were reported
    judged: set[str] = field(default_factory=set)  # ids of requests that were judged by their contract
    broken: bool = False  # a service closed a connection of `.client`
    interfered: bool = False  # the test has stopped or paused something itself
    stopped: set[str] = field(default_factory=set)  # what does not run now
    arguments: Mapping[str, Any] = field(default_factory=dict)  # of the marker
    key: tuple[object, ...] = ()  # identifies the environment
    has_failed: bool = False
    again: str = ""  # the command that runs it alone
    running_test: Callable[[], "Scope"] | None = field(default=None, repr=False)  # of a scope of several tests

    @property
    def suspects(self) -> bool:
        """Whether a service may have exited that the engine has not noticed yet."""
        return self.broken and not self.interfered

    def restart(self) -> None:
        """Ignore everything so far: the environment was being started."""
        self.began = time.time()

    @property
    def now(self) -> "Scope":
        """The scope that a request belongs to: of the test that runs now, if this one is of several tests."""
        return self.running_test() if self.running_test else self

    @property
    def trace(self) -> str:
        """The trace id of every request in this scope."""
        own = sha256(f"{_RUN} {self.name}".encode()).hexdigest()
        if self.settings.isolation != "shared":
            return own[:32]
        return SHARED_TRACE + _RUN + (OF_SEVERAL if self.running_test else own[: len(OF_SEVERAL)])

    @property
    def traces(self) -> str:
        """What the trace ids of all requests that belong to this scope contain; of several tests, also theirs."""
        is_of_several = self.running_test is not None and self.settings.isolation == "shared"
        return SHARED_TRACE + _RUN if is_of_several else self.trace

    def traceparent(self) -> str:
        """A W3C Trace Context header with a new span."""
        return f"00-{self.trace}-{token_hex(8)}-01"


def again(item: pytest.Item) -> str:
    """The command that runs a test alone, from pytest's invocation folder, with its options."""
    options = {option.flag: item.config.getoption(option.key, None) for option in OPTIONS if option.is_of_description}
    given = [f"{flag}={value}" for flag, value in options.items() if value]
    file, separator, name = item.nodeid.partition("::")
    shown = os.path.relpath(item.config.rootpath / file, item.config.invocation_params.dir)
    return shlex.join(["pytest", f"{shown}{separator}{name}", *given])
