"""Moto's server, with nothing but object storage; a program of its own.

Moto also answers for services that run containers with any mounts (Batch, Lambda) or call other servers (SNS, a
replayed recording), for whoever reaches its port: every user and every web page of this machine.
"""

import signal
import sys
from collections.abc import Callable, Iterable
from typing import Any

from moto.moto_server import werkzeug_app
from werkzeug.serving import run_simple

_STORAGE = frozenset({"s3", "s3bucket_path", "s3control", "sts"})
_OWN, _RESET = "moto_api", "/moto-api/reset"  # Moto's own service, and what is served of it
_REFUSAL = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NotImplemented</Code>'
    b"<Message>this server is object storage alone</Message></Error>"
)

StartResponse = Callable[[str, list[tuple[str, str]]], Any]
Application = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]

_moto: Any = werkzeug_app  # its names of services are types that change with its version


def main() -> None:
    """Serve until the process is ended."""
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
    every = _moto.DomainDispatcherApplication(application)
    handler = getattr(_moto, "MotoRequestHandler", None)  # of newer versions
    run_simple(sys.argv[1], int(sys.argv[2]), every, threaded=True, request_handler=handler)


def application(service: str) -> Application:
    """The application for the requests to one of Amazon's services."""
    if service in _STORAGE:
        served: Application = _moto.create_backend_app(service)
        return served
    if service == _OWN:
        own = _moto.create_backend_app(service)
        return lambda asked, start: (own if asked.get("PATH_INFO") == _RESET else _refused)(asked, start)
    return _refused


def _refused(asked: dict[str, Any], start: StartResponse) -> Iterable[bytes]:
    start("501 Not Implemented", [("Content-Type", "application/xml"), ("Content-Length", str(len(_REFUSAL)))])
    return [_REFUSAL]


if __name__ == "__main__":
    main()
