"""Forward requests to the real server of an upstream, with credentials that the stub server never sees.

A program of its own on 127.0.0.1: `python -m localenv.stubs.responder.forward PORT`, with the URL and the additional
headers as JSON in its environment; with COMPARING there, each answer is compared with that of the stubs. Standard
library only.
"""

import http.client
import json
import os
import signal
import sys
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

from localenv.stubs.responder.comparing import ComparedAnswer, Comparison, decoded

URL, HEADERS, COMPARING = "LOCALENV_REAL_URL", "LOCALENV_REAL_HEADERS", "LOCALENV_REAL_COMPARING"
_TIMEOUT = 60.0  # seconds
_NOT_PASSED = ("connection", "host", "keep-alive", "transfer-encoding", "content-length", "upgrade", "http2-settings")
_OURS = "x-localenv-"  # headers that the stub server tells upstreams and tests apart by


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Forward)
        self.url = urlsplit(os.environ[URL])
        self.more = dict(json.loads(os.environ.get(HEADERS, "{}")))
        compared = os.environ.get(COMPARING)
        self.comparison = Comparison(json.loads(compared)) if compared else None
        self.comparing = Lock()  # one after another, as the service has asked


class _Forward(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize, disable_nagle_algorithm = -1, True  # head and body at once: in two packets an answer takes 40 ms longer
    server: _Server

    def forward(self) -> None:
        url, more = self.server.url, self.server.more
        given = {name.lower() for name in more}
        own = [(name, text) for name, text in self.headers.items() if _is_passed(name.lower())]
        headers = {name: text for name, text in own if name.lower() not in given}
        kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
        connection = kind(url.netloc, timeout=_TIMEOUT)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            connection.request(self.command, url.path.rstrip("/") + self.path, body or None, {**headers, **more})
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            text = f"the real server at {url.scheme}://{url.netloc} cannot be reached: {error}"
            self._pass(502, [("Content-Type", "text/plain")], text.encode())
            return
        finally:
            connection.close()
        self._pass(answer.status, answer.getheaders(), content)
        whole = decoded(content, answer.getheader("Content-Encoding", "").lower())
        if self.server.comparison and whole is not None:
            seen = ComparedAnswer(status=answer.status, kind=answer.getheader("Content-Type", ""), body=whole)
            with self.server.comparing:
                self.server.comparison.compare((self.command, self.path, own, body), seen)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_HEAD = forward  # noqa: N815 - names of the base

    def log_request(self, code: Any = "-", size: Any = "-") -> None:
        """Nothing: WireMock has a journal."""

    def _pass(self, status: int, headers: Sequence[tuple[str, str]], body: bytes) -> None:
        self.send_response_only(status)
        for name, text in headers:
            if name.lower() not in _NOT_PASSED:
                self.send_header(name, text)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()


def _is_passed(name: str) -> bool:
    return name not in _NOT_PASSED and not name.startswith(_OURS)


def main(port: int) -> None:
    """Serve until the program is ended."""
    with _Server(port) as server:
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit())
        try:
            server.serve_forever()
        finally:
            if server.comparison:
                server.comparison.close()


if __name__ == "__main__":
    main(int(sys.argv[1]))
