"""Requests that upstreams received: those in the journal, and new ones as they arrive."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from localenv.engines import Deployment
from localenv.environment import stubbing
from localenv.errors import LocalenvError
from localenv.host.waiting import looks
from localenv.stack import Role, Unmatched
from localenv.stubs.admin import Admin
from localenv.stubs.calls import Call, of_event

_PAUSE = 0.2  # seconds between two polls
_SLACK = 1.0  # seconds of overlap, for requests that took long to answer


def requests(deployment: Deployment, upstreams: Sequence[str], *, since: float | None, follow: bool) -> Iterator[Call]:
    """Yield the requests to some upstreams (default: to all, and to none), oldest first.

    An unmatched request has its nearest stub and the differences. With `follow`, ends when no stub server answers any
    more. Raises LocalenvError.
    """
    with ExitStack() as opened:
        servers = {deployment.stack.upstreams[one].server for one in upstreams}
        wanted = [one.name for one in deployment.stack.of(Role.STUBS) if one.name in servers or not upstreams]
        admins = [opened.enter_context(stubbing.admin(deployment, server)) for server in wanted]
        known: set[str] = set()
        for _ in looks(pause=_PAUSE):
            began = time.time()
            try:
                found = [call for admin in admins for call in _calls(deployment, admin, upstreams, since, known)]
            except LocalenvError:
                if follow and known:
                    return  # the environment was removed
                raise
            yield from sorted(found, key=lambda call: call.time)
            if not follow:
                return
            since = began - _SLACK


def _calls(
    deployment: Deployment, admin: Admin, upstreams: Sequence[str], since: float | None, known: set[str]
) -> Iterator[Call]:
    """Requests that are not in `known`."""
    for upstream, event in admin.latest() if since is None else admin.traffic(since):
        if event["id"] not in known and (not upstreams or upstream in upstreams):
            known.add(event["id"])
            yield _explained(deployment, admin, upstream, event)


def _explained(deployment: Deployment, admin: Admin, upstream: str, event: Mapping[str, Any]) -> Call:
    call = of_event(upstream, event)
    if call.matched or deployment.stack.unmatched(upstream) is Unmatched.IGNORE:
        return call
    [about] = admin.explained(upstream, [event["request"]])
    return replace(call, nearest=about.nearest, differences=about.differences)
