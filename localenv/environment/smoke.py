"""Smoke checks: the last word on whether an environment works; they leave no trace in it."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from localenv import paths
from localenv.data import snapshots
from localenv.engines import Say
from localenv.environment import jobs, stubbing
from localenv.environment.preparing import Prepared
from localenv.errors import LocalenvError, NotReadyError
from localenv.stack import Need, Reader, Role, Smoke, Template

_READING = ("GET", "HEAD")
_ANSWER = 30.0  # seconds a request may take


def run(prepared: Prepared, say: Say) -> None:
    """Make every check in the order written; raises NotReadyError for the first that fails.

    Journal, scenarios and data are as they were before, afterwards.
    """
    with _restored(prepared):
        for check in prepared.stack.smoke:
            _check(prepared, check, say)


@contextmanager
def _restored(prepared: Prepared) -> Iterator[None]:
    with ExitStack() as stack:
        for service in prepared.stack.of(Role.STUBS):
            admin = stack.enter_context(stubbing.admin(prepared.deployment, service.name))
            stack.callback(admin.restore, admin.snapshot())
        if any(map(_writes, prepared.stack.smoke)):
            for need in prepared.stack.needs.values():
                stack.enter_context(_held(prepared, need))
        yield


@contextmanager
def _held(prepared: Prepared, need: Need) -> Iterator[None]:
    """What the need holds is the same afterwards; a check that failed is told rather than that this fails."""
    connection = prepared.deployment.settlement.connection(need.name, Reader.MACHINE)
    folder = paths.state(prepared.deployment.identity) / "smoke"
    snapshots.remember(need, connection, folder)
    try:
        yield
    except BaseException as error:
        try:
            snapshots.restore(need, connection, folder)
        except LocalenvError as second:
            error.add_note(f"and {second}")
        raise
    snapshots.restore(need, connection, folder)
    snapshots.forget(need, connection, folder)


def _writes(check: Smoke) -> bool:
    """Whether a check may change what needs hold."""
    return check.job is not None or (check.url is not None and check.method not in _READING)


def _check(prepared: Prepared, check: Smoke, say: Say) -> None:
    if check.job is not None:
        jobs.run(prepared, check.job, say)
    elif check.upstream is not None:
        _count(prepared, check)
    else:
        _request(prepared, check)


def _count(prepared: Prepared, check: Smoke) -> None:
    upstream = prepared.stack.upstreams[check.upstream or ""]
    with stubbing.admin(prepared.deployment, upstream.server) as admin:
        got = admin.requests(upstream.name)
    wanted = check.requests
    if got == 0 if wanted is None else got != wanted:
        raise _failed(check, f"{upstream.name} was called {got} times, not {'at all' if wanted is None else wanted}")


def _request(prepared: Prepared, check: Smoke) -> None:
    settlement = prepared.deployment.settlement
    assert check.url is not None
    url = settlement.text(check.url, Reader.MACHINE)
    headers = settlement.mapping(check.headers, Reader.MACHINE)
    status, body = _ask(check, url, headers, _settled(prepared, check.json))
    if status not in check.status if check.status else not 200 <= status < 300:
        wanted = " or ".join(map(str, check.status)) or "2xx"
        raise _failed(check, f"{check.method} {check.url} is answered with {status}, not {wanted}", body)
    if check.contains is not None and check.contains not in body:
        raise _failed(check, f"the answer to {check.method} {check.url} does not contain {check.contains!r}", body)


def _ask(check: Smoke, url: str, headers: dict[str, str], body: Any) -> tuple[int, str]:
    data = None if body is None else json.dumps(body).encode()
    if data is not None:
        headers = {"Content-Type": "application/json", **headers}
    request = Request(url, data=data, headers=headers, method=check.method)  # noqa: S310 - a URL of the description
    try:
        with build_opener(_NoRedirects).open(request, timeout=_ANSWER) as answer:
            return answer.status, answer.read().decode(errors="replace")
    except HTTPError as answer:
        return answer.code, answer.read().decode(errors="replace")
    except (URLError, OSError) as error:
        raise _failed(check, f"{check.method} {check.url} is not answered ({error})") from error


class _NoRedirects(HTTPRedirectHandler):
    """A redirect is an answer like any other."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _settled(prepared: Prepared, value: Any) -> Any:
    match value:
        case Template():
            return prepared.deployment.settlement.text(value, Reader.MACHINE)
        case dict():
            return {key: _settled(prepared, item) for key, item in value.items()}
        case list() | tuple():
            return [_settled(prepared, item) for item in value]
        case _:
            return value


def _failed(check: Smoke, reason: str, body: str = "") -> NotReadyError:
    where = f"{check.at}: " if check.at else ""
    return NotReadyError(f"{where}smoke check failed: {reason}", log=body.splitlines()[:20])
