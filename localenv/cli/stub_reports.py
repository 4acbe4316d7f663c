"""What a foreground `up` reports of its stub servers: unmatched requests, stale stubs, and what a server has lost."""

import threading
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import Protocol

from localenv import Environment
from localenv.environment import stub_losses
from localenv.environment.overrides.observed import StaleStub
from localenv.environment.unmatched import UnmatchedWatch
from localenv.errors import LocalenvError
from localenv.host import waiting
from localenv.stack import Role
from localenv.stubs.journal import Unanswered

_LOOK = 1.0  # seconds between two looks


class Reporter(Protocol):
    """Prints what is reported."""

    def message(self, text: str) -> None:
        """Print a message."""

    def unmatched(self, one: Unanswered) -> None:
        """Print an unmatched request."""


def watch(found: Environment, reporter: Reporter, since: float, over: threading.Event) -> None:
    """Report each finding once, until `over` is set; unmatched requests since a time in seconds of the epoch."""
    reports = _Reports(found=found, reporter=reporter, since=since)
    with ExitStack() as owed:
        servers = [one.name for one in found.stack.of(Role.STUBS)]
        watches = {one: owed.enter_context(UnmatchedWatch(found.deployment, one)) for one in servers}
        for _ in waiting.repeatedly(over, _LOOK):
            reports.stale()
            for server, unmatched in watches.items():
                reports.losses(server)
                with suppress(LocalenvError):  # the server restarts, or was removed
                    reports.unmatched(unmatched.look())


@dataclass(kw_only=True)
class _Reports:
    """What was reported already."""

    found: Environment
    reporter: Reporter
    since: float
    _unmatched: set[tuple[str, ...]] = field(default_factory=set)
    _stale: set[StaleStub] = field(default_factory=set)
    _losses: dict[str, str] = field(default_factory=dict)

    def stale(self) -> None:
        for one in self.found.stale_stubs():
            if one not in self._stale:
                self._stale.add(one)
                self.reporter.message(f"{one.upstream}: stale stub: {one}")

    def losses(self, server: str) -> None:
        if (text := stub_losses.losses(self.found.identity, server)) != self._losses.setdefault(server, ""):
            self._losses[server] = text
            self.reporter.message(f"{server}: {text}")

    def unmatched(self, requests: Iterable[Unanswered]) -> None:
        for one in sorted(requests, key=lambda one: one.time):
            key = (one.upstream, one.method, one.url, one.nearest, *one.differences)
            if one.time >= self.since and key not in self._unmatched:
                self._unmatched.add(key)
                self.reporter.unmatched(one)
