"""Requests that no stub matched, but for those that the description ignores."""

from localenv.engines import Deployment
from localenv.environment import stubbing
from localenv.stack import Unmatched
from localenv.stubs.journal import Unanswered


def unmatched(deployment: Deployment, server: str, counts: dict[str, int]) -> list[Unanswered]:
    """The latest of a stub server, for each upstream that has more of them than `counts` says; the newest first.

    An empty name stands for no upstream. `counts` has the numbers of now afterwards. Raises LocalenvError.
    """
    found: list[Unanswered] = []
    with stubbing.admin(deployment, server) as admin:
        for upstream, (_, count) in admin.counts().items():
            if count > counts.get(upstream, 0) and deployment.stack.unmatched(upstream) is not Unmatched.IGNORE:
                found += admin.unmatched(upstream)
            counts[upstream] = count
    return found
