"""The requests that upstreams were sent: those in the journal, and new ones as they come."""

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

_PAUSE = 0.2  # seconds between two looks
_SLACK = 1.0  # seconds: what took that long to be answered is seen too


def requests(deployment: Deployment, upstreams: Sequence[str], *, since: float | None, follow: bool) -> Iterator[Call]:
    """The requests to some upstreams (to all, and to none, where none is named), oldest first.

    Of one that no stub matched it says the nearest stub and what differs. With `follow` it ends when no stub server
    answers any more. Raises LocalenvError.
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
                    return  # it was removed
                raise
            yield from sorted(found, key=lambda call: call.time)
            if not follow:
                return
            since = began - _SLACK


def _calls(
    deployment: Deployment, admin: Admin, upstreams: Sequence[str], since: float | None, known: set[str]
) -> Iterator[Call]:
    """Those that are not known yet."""
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
