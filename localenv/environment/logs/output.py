"""The output of an environment: log lines of services, and a line for each request to an upstream."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from localenv import redaction
from localenv.engines import LogLine
from localenv.environment.logs.lines import matching, merged, tailed, tailed_each
from localenv.stack import Role

if TYPE_CHECKING:
    from localenv.environment.handle import Environment


def lines(
    environment: "Environment",
    names: Sequence[str],
    *,
    since: float | None,
    tail: int | None,
    follow: bool,
    grep: str = "",
) -> Iterator[LogLine]:
    """Yield log lines, oldest first; `since` in seconds of the epoch, `grep` a regular expression.

    For an upstream, the lines are its requests. Without names, the output of stub servers is left out.
    """
    if grep:
        every = lines(environment, names, since=since, tail=None, follow=follow)
        return tailed_each(matching(every, grep), None if follow else tail)
    stack = environment.stack
    upstreams = [name for name in names if name in stack.upstreams]
    printing = [name for name in names if name not in upstreams]
    sources = [_printed(environment, printing, since, tail, follow)] if printing or not names else []
    if not upstreams:
        return sources[0]
    asked = tailed(_requests(environment, upstreams, since, follow), None if follow else tail)
    return merged([*sources, asked], follow=follow)


def _printed(
    environment: "Environment", names: Sequence[str], since: float | None, tail: int | None, follow: bool
) -> Iterator[LogLine]:
    servers = set() if names else {one.name for one in environment.stack.of(Role.STUBS)}
    for line in environment.engine.logs(environment.identity, names, since=since, tail=tail, follow=follow):
        if line.service not in servers:
            yield replace(line, text=redaction.redacted_traffic(line.text))


def _requests(
    environment: "Environment", upstreams: Sequence[str], since: float | None, follow: bool
) -> Iterator[LogLine]:
    for call in environment.requests(upstreams, since=since, follow=follow):
        yield LogLine(time=call.time, service=call.upstream, text=redaction.redacted(call.line))
