"""The responder as a program on 127.0.0.1: `python -m localenv.stubs.responder PORT STATE`."""

import json
import sys
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Lock
from typing import Any

from localenv.stubs.responder import handlers
from localenv.stubs.responder.bodies import received
from localenv.stubs.responder.serving import LocalServer
from localenv.stubs.responder.values import Handler, MalformedRequest, ResponderAnswer, ResponderRequest

_HOP_BY_HOP = ("connection", "transfer-encoding", "content-length", "keep-alive")


class Responder(LocalServer):
    """Finds the handler of each request, which is made once."""

    def __init__(self, address: tuple[str, int], state: Path) -> None:
        super().__init__(address, _Request)
        self.state = state
        self._known: dict[str, Handler | None] = {}
        self._lock = Lock()

    def answer(self, subject: str, asked: ResponderRequest) -> ResponderAnswer:
        """The answer of a subject's handler."""
        with self._lock:
            if subject not in self._known:
                self._known[subject] = handlers.of(subject, self.state)
        found = self._known[subject]
        return found(asked) if found else ResponderAnswer(status=404)


class _Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize, disable_nagle_algorithm = -1, True  # head and body at once: in two packets an answer takes 40 ms longer
    server: Responder

    def answer(self) -> None:
        try:
            answered = self._answered()
        except MalformedRequest as error:
            self.close_connection = True  # where the next request begins is unknown
            answered = _failure(400, str(error))
        except RecursionError:
            answered = _failure(400, "the body is nested too deeply")
        except Exception as error:  # the service under work sees it, and the log
            answered = _failure(500, f"{type(error).__name__}: {error}")
            self.log_error("%s %s: %r", self.command, self.path, error)
        self.send_response(answered.status)
        for name, value in answered.headers.items():
            if name.lower() not in _HOP_BY_HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(answered.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answered.body)

    def _answered(self) -> ResponderAnswer:
        path, _, query = self.path.partition("?")
        _, subject, upstream, *rest = [*path.split("/", 3), "", "", ""][:4]
        asked = ResponderRequest(
            upstream=upstream,
            method=self.command,
            path=f"/{rest[0]}",
            query=query,
            headers={name.lower(): value for name, value in self.headers.items()},
            body=received(self.headers, self.rfile),
        )
        return self.server.answer(subject, asked)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_HEAD = answer  # noqa: N815 - names of the base

    def log_request(self, code: Any = "-", size: Any = "-") -> None:
        """Nothing: WireMock has a journal."""


def _failure(status: int, details: str) -> ResponderAnswer:
    body = json.dumps({"errorDetails": details}).encode()
    return ResponderAnswer(status=status, headers={"Content-Type": "application/json"}, body=body)


def main(arguments: Sequence[str]) -> None:
    """Serve until the program is ended."""
    port, state = arguments
    with Responder(("127.0.0.1", int(port)), Path(state)) as server:
        server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1:])
