"""Unmatched requests, without those that the description ignores."""

from localenv.engines import Deployment
from localenv.environment import stubbing
from localenv.stack import Unmatched
from localenv.stubs.journal import Unanswered


def unmatched(deployment: Deployment, server: str, counts: dict[str, int]) -> list[Unanswered]:
    """The latest unmatched requests of a stub server, for upstreams with more than `counts` has; the newest first.

    An empty name stands for no upstream. Updates `counts` to the current numbers. Raises LocalenvError.
    """
    found: list[Unanswered] = []
    with stubbing.admin(deployment, server) as admin:
        for upstream, (_, count) in admin.counts().items():
            if count > counts.get(upstream, 0) and deployment.stack.unmatched(upstream) is not Unmatched.IGNORE:
                found += admin.unmatched(upstream)
            counts[upstream] = count
    return found
