"""Smoke checks: the last checks of a start; they leave the environment unchanged."""

import http.client
import json
import ssl
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import (
    BaseHandler,
    HTTPCookieProcessor,
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    ProxyHandler,
    Request,
    build_opener,
)

from localenv import paths, redaction
from localenv.data import snapshots
from localenv.engines import Say
from localenv.environment import stubbing
from localenv.environment.up import jobs, seed_snapshots, smoke_failures
from localenv.environment.up.preparing import Prepared
from localenv.errors import JobError, LocalenvError, NotReadyError
from localenv.errors.counting import counted
from localenv.host import destinations, limits
from localenv.resolution import Resolution
from localenv.stack import Need, Reader, Role, Smoke
from localenv.stack.workers import owns_server

if TYPE_CHECKING:
    from localenv.stubs.admin import Snapshot

_READING = ("GET", "HEAD")
_ANSWER = 30.0  # seconds for one request
_EVENTS = "text/event-stream"  # does not end


def run(prepared: Prepared, say: Say, seeded: Collection[str] = ()) -> None:
    """Run every check in the order written; raises NotReadyError for the first that fails.

    Afterwards, journal, scenarios and data are restored; needs in `seeded` get their seeded data.
    """
    session = _Session()
    with _restored(prepared, seeded) as before:
        for check in prepared.stack.smoke:
            began = time.time()
            try:
                _check(session.informed(prepared), check, say, before, session)
            except (NotReadyError, JobError) as error:
                smoke_failures.explain(error, prepared, began)
                raise


@dataclass(frozen=True, kw_only=True)
class _Session:
    """State shared by checks: cookies, and values saved from responses."""

    # cookies for HTTPS only are kept too: the real service is behind a proxy that this environment does not have
    cookies: CookieJar = field(
        default_factory=lambda: CookieJar(DefaultCookiePolicy(secure_protocols=("http", "https")))
    )
    answers: dict[str, str] = field(default_factory=dict)

    def informed(self, prepared: Prepared) -> Prepared:
        """The same, with references to saved values resolvable."""
        resolution = replace(prepared.deployment.resolution, answers=self.answers)
        return replace(prepared, deployment=replace(prepared.deployment, resolution=resolution))

    def save(self, check: Smoke, body: str) -> None:
        """Save values for later checks; raises NotReadyError if the response does not contain them."""
        if not check.save:
            return
        try:
            answer = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise _failed(check, f"the response of {check.method} {check.url} is not JSON", body) from error
        for name, path in check.save.items():
            text = _text(check, answer, path, body)
            self.answers[name] = text
            if redaction.is_secret(name):
                redaction.learn([text])


def _text(check: Smoke, answer: Any, path: str, body: str) -> str:
    """The value at a path such as `user.items.0.id` of a response."""
    found = answer
    for part in path.split("."):
        try:
            found = found[int(part)] if isinstance(found, list) else found[part]
        except (LookupError, TypeError, ValueError) as error:
            raise _failed(check, f"the response of {check.method} {check.url} has no '{path}'", body) from error
    return found if isinstance(found, str) else json.dumps(found)


@contextmanager
def _restored(prepared: Prepared, seeded: Collection[str]) -> Iterator["Mapping[str, Snapshot]"]:
    """The snapshot of each stub server, restored when the block exits."""
    before: dict[str, Snapshot] = {}
    with ExitStack() as stack:
        for service in prepared.stack.of(Role.STUBS):
            admin = stack.enter_context(stubbing.admin(prepared.deployment, service.name))
            before[service.name] = admin.snapshot()
            stack.callback(admin.restore, before[service.name])
        if any(map(_writes, prepared.stack.smoke)):
            for need in prepared.stack.needs.values():
                stack.enter_context(_seeded(prepared, need) if need.name in seeded else _held(prepared, need))
        yield before


@contextmanager
def _held(prepared: Prepared, need: Need) -> Iterator[None]:
    """Restore the data of the need when the block exits."""
    connection = prepared.deployment.resolution.connection(need.name, Reader.MACHINE)
    folder = paths.smoke_snapshots(prepared.deployment.identity)
    whole = owns_server(prepared.stack, need.name)
    snapshots.snapshot(need, connection, folder, whole=whole)
    with _afterwards(lambda: snapshots.restore(need, connection, folder, whole=whole)):
        yield
    snapshots.discard(need, connection, folder, whole=whole)


def _seeded(prepared: Prepared, need: Need) -> AbstractContextManager[None]:
    """Restore the seeded data when the block exits."""
    return _afterwards(lambda: seed_snapshots.restore(prepared, need.name))


@contextmanager
def _afterwards(restore: Callable[[], object]) -> Iterator[None]:
    """Restore when the block exits; an error of a check takes precedence over an error of the restore."""
    try:
        yield
    except BaseException as error:
        try:
            restore()
        except LocalenvError as second:
            error.add_note(str(second))
        raise
    restore()


def _writes(check: Smoke) -> bool:
    """Whether a check may change the data of needs."""
    return check.job is not None or (check.url is not None and check.method not in _READING)


def _check(prepared: Prepared, check: Smoke, say: Say, before: "Mapping[str, Snapshot]", session: _Session) -> None:
    if check.job is not None:
        jobs.run(prepared, check.job, say)
    elif check.upstream is not None:
        _count(prepared, check, before)
    else:
        _request(prepared, check, session)


def _count(prepared: Prepared, check: Smoke, before: "Mapping[str, Snapshot]") -> None:
    """Check a request count; requests from before the checks are not counted."""
    upstream, wanted = prepared.stack.upstreams[check.upstream or ""], check.requests
    with stubbing.admin(prepared.deployment, upstream.server) as admin:
        got = admin.requests(upstream.name, None if wanted is None else before[upstream.server])
    if wanted is None and not got:
        raise _failed(check, f"{upstream.name} received no requests")
    if wanted is not None and got != wanted:
        raise _failed(check, f"requests to {upstream.name} from the checks: {got}, expected {wanted}")


def _request(prepared: Prepared, check: Smoke, session: _Session) -> None:
    resolution = prepared.deployment.resolution
    assert check.url is not None
    url = resolution.text(check.url, Reader.MACHINE)
    _is_allowed(prepared, check, url)
    headers = resolution.mapping(check.headers, Reader.MACHINE)
    status, body = _ask(check, url, headers, _body(resolution, check), session)
    if status not in check.status if check.status else not 200 <= status < 300:
        wanted = " or ".join(map(str, check.status)) or "2xx"
        raise _failed(check, f"{check.method} {check.url} returned {status}, expected {wanted}", body)
    if check.contains is not None and check.contains not in body:
        raise _failed(check, f"the response of {check.method} {check.url} does not contain {check.contains!r}", body)
    session.save(check, body)


def _body(resolution: Resolution, check: Smoke) -> tuple[bytes, str] | None:
    """The body of a request and its content type; None without a body."""
    if check.json is not None:
        return json.dumps(resolution.resolved(check.json, Reader.MACHINE)).encode(), "application/json"
    if check.form:
        fields = resolution.mapping(check.form, Reader.MACHINE)
        return urlencode(fields).encode(), "application/x-www-form-urlencoded"
    if check.body is not None:
        return resolution.text(check.body, Reader.MACHINE).encode(), "text/plain; charset=utf-8"
    return None


def _is_allowed(prepared: Prepared, check: Smoke, url: str) -> None:
    """Raise NotReadyError for a URL that belongs neither to the environment nor to the hosts that the user allows."""
    if not url.startswith(("http://", "https://")):
        raise _failed(check, f"{check.url} is not a URL with http:// or https://, as in ${{api.url}}/health")
    resolution, stack = prepared.deployment.resolution, prepared.stack
    connections = [resolution.connection(name, Reader.MACHINE) for name in stack.ports]
    known = [f"{one.host}:{one.port}" for one in connections] + [f"localhost:{one.port}" for one in connections]
    there = destinations.of(url)
    if there is None or not destinations.is_among(there, (*known, *stack.hosts)):
        raise _failed(
            check,
            f"{check.url} leads to {there or 'an unknown host'}, which is not this environment's",
            hint=f"use ${{NAME.url}}, or allow the host in your own settings: hosts: [{there or 'HOST:PORT'}]",
        )


def _ask(
    check: Smoke, url: str, headers: dict[str, str], body: tuple[bytes, str] | None, session: _Session
) -> tuple[int, str]:
    data, kind = body or (None, "")
    if data is not None:
        headers = {"Content-Type": kind, **headers}
    request = Request(destinations.encoded(url), data=data, headers=headers, method=check.method)  # noqa: S310 - a URL of the description
    try:
        with build_opener(*_handlers(url), HTTPCookieProcessor(session.cookies)).open(
            request, timeout=_ANSWER
        ) as answer:
            return answer.status, _read(check, answer)
    except HTTPError as answer:
        return answer.code, limits.body(answer).decode(errors="replace")
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise _failed(check, f"{check.method} {check.url} failed ({_reason(error)})") from error


def _read(check: Smoke, answer: Any) -> str:
    """The body of a response, of events as far as the check needs them; raises HTTPException and ValueError."""
    is_events = answer.headers.get_content_type() == _EVENTS
    is_needed = check.contains is not None or check.save
    if is_events and not is_needed:
        return ""
    until = (check.contains or "").encode() if is_events and not check.save else b""
    content = limits.body(answer, whole=not is_events, until=until)
    encoding = answer.headers.get("Content-Encoding", "") if is_needed else ""
    return limits.plain(content, encoding).decode(errors="replace")


def _reason(error: Exception) -> str:
    """The reason of a failed connection, without the words of the library."""
    if isinstance(error, http.client.IncompleteRead):
        return f"its body does not end, or is cut off, after {counted(len(error.partial), 'byte')}"
    cause = error.reason if isinstance(error, URLError) else error
    return (isinstance(cause, OSError) and cause.strerror) or str(cause)


def _handlers(url: str) -> tuple[BaseHandler, ...]:
    """Requests to this machine bypass its proxy."""
    host = urlsplit(url).hostname or ""
    is_here = host == "localhost" or host.startswith("127.")
    usual = (_NoRedirects(), _LimitedPlain(), _LimitedSecure())
    return (*usual, ProxyHandler({})) if is_here else usual


class _LimitedPlain(HTTPHandler):
    """Limits the total time of a response."""

    def http_open(self, req: Request) -> Any:
        return self.do_open(limits.LimitedConnection, req)


class _LimitedSecure(HTTPSHandler):
    """The same with TLS."""

    def https_open(self, req: Request) -> Any:
        return self.do_open(limits.LimitedSecureConnection, req, context=ssl.create_default_context())


class _NoRedirects(HTTPRedirectHandler):
    """Disables following redirects."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _failed(check: Smoke, reason: str, body: str = "", hint: str = "") -> NotReadyError:
    where = f"{check.at}: " if check.at else ""
    return NotReadyError(f"{where}smoke check failed: {reason}", log=body.splitlines()[:20], hint=hint)
