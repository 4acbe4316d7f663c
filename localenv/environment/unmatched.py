"""Unmatched requests, without those that the description ignores."""

import time
from contextlib import ExitStack
from math import inf
from typing import TYPE_CHECKING, Self

from localenv.engines import Deployment
from localenv.environment import stubbing
from localenv.stack import Unmatched
from localenv.stubs.journal import Unanswered
from localenv.stubs.server import JOURNAL

if TYPE_CHECKING:
    from localenv.stubs.admin import Admin

_WHOLE = 10.0  # seconds after which the journal is read although it has not changed in length


def unmatched(deployment: Deployment, server: str) -> list[Unanswered]:
    """The latest unmatched requests of a stub server, by upstream, the newest first. Raises LocalenvError."""
    with stubbing.admin(deployment, server) as admin:
        return _unmatched(deployment, admin, {})


class UnmatchedWatch:
    """Looks for the latest unmatched requests of a stub server, again and again, over one connection."""

    def __init__(self, deployment: Deployment, server: str) -> None:
        self._deployment, self._server = deployment, server
        self._owed = ExitStack()
        self._counts: dict[str, int] = {}
        self._total, self._read = -1, -inf

    def __enter__(self) -> Self:
        self._admin = self._owed.enter_context(stubbing.admin(self._deployment, self._server))
        return self

    def __exit__(self, *_: object) -> None:
        self._owed.close()

    def look(self) -> list[Unanswered]:
        """Those of upstreams that have more than at the last look; raises LocalenvError.

        Only the number of requests is asked for while no request comes: that takes a tenth of the time.
        """
        total, now = self._admin.total(), time.monotonic()
        if total == self._total < JOURNAL and now - self._read < _WHOLE:
            return []
        found = _unmatched(self._deployment, self._admin, self._counts)
        self._total, self._read = total, now
        return found


def _unmatched(deployment: Deployment, admin: "Admin", counts: dict[str, int]) -> list[Unanswered]:
    """Those of upstreams that have more than `counts` has, which is updated. An empty name stands for no upstream."""
    found: list[Unanswered] = []
    for upstream, (_, count) in admin.counts().items():
        if count > counts.get(upstream, 0) and deployment.stack.unmatched(upstream) is not Unmatched.IGNORE:
            found += admin.unmatched(upstream)
        counts[upstream] = count
    return found
