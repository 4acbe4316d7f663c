"""Add log lines and unmatched requests to the failure of a smoke check."""

from collections.abc import Iterator
from contextlib import suppress
from threading import Event as Flag

from localenv.environment.logs.exceptions import exception_line
from localenv.environment.logs.lines import collapsed
from localenv.environment.unmatched import unmatched
from localenv.environment.up.clock import Clock
from localenv.environment.up.preparing import Prepared
from localenv.errors import LocalenvError
from localenv.stack import Role
from localenv.stubs.journal import Unanswered

_TAIL = 20  # lines of all services together
_LATE = 0.3  # seconds in which a program may still print the reason for its response


def explain(error: LocalenvError, prepared: Prepared, since: float) -> None:
    """Add an exception and an unmatched request since the check began to the first line, and append all and the log.

    `since` is in seconds of the epoch.
    """
    Clock().pause(_LATE, Flag())
    lines = [*_printed(prepared, since)]
    missed = [*_missed(prepared, since)]
    causes = [exception_line([text for _, text in lines]), *(f"{_request(one)} matched no stub" for one in missed[:1])]
    if new := [cause for cause in causes if cause and cause not in error.message]:
        first, newline, rest = error.message.partition("\n")
        error.message = f"{first}: {'; '.join(new)}{newline}{rest}"
        error.args = (error.message,)
    log = collapsed((f"{name} | {text}" for name, text in lines), _TAIL)
    error.strangers = tuple(sorted({one.host for one in missed if not one.upstream}))
    error.log = (*error.log, *map(_line, missed), *log)


def _printed(prepared: Prepared, since: float) -> Iterator[tuple[str, str]]:
    names = [service.name for service in prepared.stack.of(Role.SERVICE)]
    with suppress(LocalenvError):
        for line in prepared.engine.logs(prepared.deployment.identity, names, since=since, follow=False):
            yield line.service, line.text


def _missed(prepared: Prepared, since: float) -> Iterator[Unanswered]:
    for server in prepared.stack.of(Role.STUBS):
        with suppress(LocalenvError):
            yield from (one for one in unmatched(prepared.deployment, server.name) if one.time >= since)


def _line(one: Unanswered) -> str:
    nearest = f"; nearest: {one.nearest}: {', '.join(one.differences)}" if one.nearest else ""
    return f"{_request(one)} matched no stub{nearest}"


def _request(one: Unanswered) -> str:
    return f"{one.upstream or one.host}: {one.method} {one.url}"
