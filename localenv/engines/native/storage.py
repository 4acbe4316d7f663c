"""Moto's server, with nothing but object storage; a program of its own.

Moto also answers for services that run containers with any mounts (Batch, Lambda), call other servers (SNS, a
replayed recording) or remove everything (its own), for whoever reaches its port: every user of this machine, and, as
it allows every origin, every web page.
"""

import signal
import sys
from collections.abc import Iterable
from typing import Any

from moto.moto_server import werkzeug_app
from werkzeug.serving import run_simple

from localenv.engines.native.web_guard import Application, StartResponse, guarded
from localenv.host import web_pages

_STORAGE = frozenset({"s3", "s3bucket_path", "s3control", "sts"})
_ERROR = '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{}</Code><Message>{}</Message></Error>'

_moto: Any = werkzeug_app  # its names of services are types that change with its version


def main() -> None:
    """Serve until the process is ended."""
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
    every = guarded(_moto.DomainDispatcherApplication(application), _elsewhere)
    handler = getattr(_moto, "MotoRequestHandler", None)  # of newer versions
    run_simple(sys.argv[1], int(sys.argv[2]), every, threaded=True, request_handler=handler)


def application(service: str) -> Application:
    """The application for the requests to one of Amazon's services, or to Moto's own."""
    if service in _STORAGE:
        served: Application = _moto.create_backend_app(service)
        return served
    return _refused


def _elsewhere(asked: dict[str, Any], start: StartResponse) -> Iterable[bytes]:
    return _error(start, "403 Forbidden", "AccessDenied", web_pages.REFUSAL)


def _refused(asked: dict[str, Any], start: StartResponse) -> Iterable[bytes]:
    return _error(start, "501 Not Implemented", "NotImplemented", "this server is object storage alone")


def _error(start: StartResponse, status: str, code: str, message: str) -> Iterable[bytes]:
    body = _ERROR.format(code, message).encode()
    start(status, [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))])
    return [body]


if __name__ == "__main__":
    main()
