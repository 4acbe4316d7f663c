"""A provider of OpenID Connect that no web page elsewhere can use to log in; a program of its own."""

from collections.abc import Iterable
from typing import Any

from localenv.engines.native.web_guard import Application, StartResponse, guarded
from localenv.host import web_pages
from localenv.needs.oidc import server


def guard(served: Application) -> Application:
    """The provider for all but web pages elsewhere."""
    return guarded(served, _refused)


def _refused(asked: dict[str, Any], start: StartResponse) -> Iterable[bytes]:
    body = web_pages.REFUSAL.encode()
    start("403 Forbidden", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]


if __name__ == "__main__":
    server.main(guard)
