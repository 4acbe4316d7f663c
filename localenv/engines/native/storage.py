"""Moto's server, with nothing but object storage; a program of its own.

Moto also answers for services that run containers with any mounts (Batch, Lambda), call other servers (SNS, a
replayed recording) or remove everything (its own), for whoever reaches its port: every user of this machine, and, as
it allows every origin, every web page. And it fills the memory with a chunk that is cut off, until the size is reached
that the chunk was said to have.
"""

import io
import signal
import string
import sys
import traceback
from collections.abc import Iterable
from html import escape
from typing import Any

from moto.moto_server import werkzeug_app
from werkzeug.exceptions import BadRequest, HTTPException, RequestEntityTooLarge
from werkzeug.serving import WSGIRequestHandler, run_simple

from localenv.engines.native.web_guard import Application, StartResponse, guarded
from localenv.host import web_pages

_STORAGE = frozenset({"s3", "s3bucket_path", "s3control", "sts"})
_ERROR = '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{}</Code><Message>{}</Message></Error>'
_LARGEST = 5 << 30  # bytes of a body, as in S3
_LINE = 8192  # bytes of a line around chunks

_moto: Any = werkzeug_app  # its names of services are types that change with its version


def main() -> None:
    """Serve until the process is ended."""
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
    every = guarded(answering(_moto.DomainDispatcherApplication(application)), _elsewhere)
    run_simple(sys.argv[1], int(sys.argv[2]), every, threaded=True, request_handler=_handler())


def application(service: str) -> Application:
    """The application for the requests to one of Amazon's services, or to Moto's own."""
    if service in _STORAGE:
        served: Any = _moto.create_backend_app(service)
        served.config["PROPAGATE_EXCEPTIONS"] = True
        return served  # type: ignore[no-any-return]
    return _refused


def answering(served: Application) -> Application:
    """The application, and an answer that clients understand and do not try again where it fails."""

    def answer(asked: dict[str, Any], start: StartResponse) -> Iterable[bytes]:
        try:
            return served(asked, start)
        except HTTPException as error:
            refused: Any = error
            return refused(asked, start)  # type: ignore[no-any-return]
        except Exception as error:  # of Moto, for what it does not know
            traceback.print_exc()
            why = f"Moto cannot answer this request: {type(error).__name__}: {error}"
            return _error(start, "501 Not Implemented", "NotImplemented", why)

    return answer


class ChunkedBody(io.RawIOBase):
    """A body in chunks that ends where its sender ends; raises BadRequest in the middle of one."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._left = 0  # bytes of the chunk
        self._all = 0
        self._is_first, self._is_over = True, False

    def readable(self) -> bool:
        """It can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read a part of a chunk."""
        if not self._left and not self._is_over:
            self._begin()
        found = self._stream.read(min(len(buffer), self._left))
        if len(found) < min(len(buffer), self._left):
            raise BadRequest("the body is cut off")
        self._left -= len(found)
        buffer[: len(found)] = found
        return len(found)

    def _begin(self) -> None:
        """Read the size of the next chunk; after the last one the trailers."""
        if not self._is_first and self._line():
            raise BadRequest("a chunk is longer than its size")
        self._is_first = False
        size = self._line().partition(b";")[0].strip().decode("latin-1")
        if not size or not set(size) <= set(string.hexdigits) or len(size) > 16:
            raise BadRequest("the size of a chunk is invalid")
        self._left = int(size, 16)
        self._all += self._left or 1
        if self._all > _LARGEST:
            raise RequestEntityTooLarge
        self._is_over = not self._left
        trailers = 0
        while self._is_over and self._line():
            trailers += 1
            if trailers > _LINE:
                raise BadRequest("the trailers do not end")

    def _line(self) -> bytes:
        found: bytes = self._stream.readline(_LINE)
        if not found.endswith(b"\n"):
            raise BadRequest("the body is cut off")
        return found.strip()


def _handler() -> type[WSGIRequestHandler]:
    base: Any = getattr(_moto, "MotoRequestHandler", WSGIRequestHandler)  # of newer versions

    class Handler(base):  # type: ignore[misc]
        def make_environ(self) -> dict[str, Any]:
            environ: dict[str, Any] = super().make_environ()
            if environ.get("wsgi.input_terminated"):
                environ["wsgi.input"] = io.BufferedReader(ChunkedBody(self.rfile))
            return environ

    return Handler


def _elsewhere(asked: dict[str, Any], start: StartResponse) -> Iterable[bytes]:
    return _error(start, "403 Forbidden", "AccessDenied", web_pages.REFUSAL)


def _refused(asked: dict[str, Any], start: StartResponse) -> Iterable[bytes]:
    return _error(start, "501 Not Implemented", "NotImplemented", "this server is object storage alone")


def _error(start: StartResponse, status: str, code: str, message: str) -> Iterable[bytes]:
    body = _ERROR.format(code, escape(message)).encode(errors="replace")
    start(status, [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))])
    return [body]


if __name__ == "__main__":
    main()
