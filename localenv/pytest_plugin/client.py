"""The HTTP client of a test."""

from typing import Any

from localenv.pytest_plugin.scope import Scope
from localenv.stubs.lean_httpx import httpx, no_tls

_TIMEOUT = 30.0  # seconds


class _Client(httpx.Client):
    """A client that reports to its scope when a service closes the connection."""

    scope: Scope

    def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        try:
            return super().send(request, **options)
        except (httpx.NetworkError, httpx.RemoteProtocolError) as error:
            self.scope.now.broken = True
            raise error.with_traceback(None) from None  # without the frames of httpx and httpcore


def client(name: str, url: str, scope: Scope, options: dict[str, Any]) -> httpx.Client:
    """A client of a service that adds the test's trace to requests, and records failures; the caller closes it."""

    def trace(request: httpx.Request) -> None:
        request.headers.setdefault("traceparent", scope.now.traceparent())

    def record(response: httpx.Response) -> None:
        if response.is_server_error:
            asked = response.request
            scope.now.answered.append(f"{name} answered {response.status_code} to {asked.method} {asked.url.path}")

    # no proxy between this machine and itself
    settings: dict[str, Any] = {"base_url": url, "timeout": _TIMEOUT, "trust_env": False, "verify": no_tls()} | options
    opened = _Client(**settings)
    opened.scope = scope
    opened.event_hooks = {
        "request": [*opened.event_hooks["request"], trace],
        "response": [*opened.event_hooks["response"], record],
    }
    return opened
