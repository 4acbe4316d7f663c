"""Forward requests to the real server of an upstream, with credentials that the stub server never sees.

A program of its own on 127.0.0.1: `python -m localenv.stubs.responder.forward PORT`, with the URL and the additional
headers as JSON in its environment. Standard library only.
"""

import http.client
import json
import os
import sys
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

URL, HEADERS = "LOCALENV_REAL_URL", "LOCALENV_REAL_HEADERS"
_TIMEOUT = 60.0  # seconds
_NOT_PASSED = ("connection", "host", "keep-alive", "transfer-encoding", "content-length", "upgrade", "http2-settings")


class _Forward(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def forward(self) -> None:
        url, more = urlsplit(os.environ[URL]), dict(json.loads(os.environ.get(HEADERS, "{}")))
        given = {name.lower() for name in more}
        headers = {name: text for name, text in self.headers.items() if name.lower() not in {*_NOT_PASSED, *given}}
        kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
        connection = kind(url.netloc, timeout=_TIMEOUT)
        try:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            connection.request(self.command, url.path.rstrip("/") + self.path, body or None, {**headers, **more})
            answer = connection.getresponse()
            self._pass(answer.status, answer.getheaders(), answer.read())
        except (OSError, http.client.HTTPException) as error:
            text = f"the real server at {url.scheme}://{url.netloc} cannot be reached: {error}"
            self._pass(502, [("Content-Type", "text/plain")], text.encode())
        finally:
            connection.close()

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


def main(port: int) -> None:
    """Serve until the program is ended."""
    ThreadingHTTPServer.daemon_threads = True
    with ThreadingHTTPServer(("127.0.0.1", port), _Forward) as server:
        server.serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]))
