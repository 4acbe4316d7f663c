"""Forward requests to the real server of an upstream, with credentials that the stub server never sees.

A program of its own on 127.0.0.1: `python -m localenv.stubs.responder.forward PORT`, with the URL and the additional
headers as JSON in its environment; with COMPARING there, each answer is compared with that of the stubs. Standard
library only.
"""

import http.client
import json
import os
import signal
import ssl
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from threading import Lock
from types import MappingProxyType
from typing import Any
from urllib.parse import SplitResult, urlsplit, urlunsplit

from localenv.host import limits
from localenv.stubs.responder.bodies import received
from localenv.stubs.responder.comparing import ComparedAnswer, Comparison, decoded
from localenv.stubs.responder.serving import LocalServer
from localenv.stubs.responder.values import MalformedRequest
from localenv.stubs.vocabulary import AGENT

URL, HEADERS, COMPARING = "LOCALENV_REAL_URL", "LOCALENV_REAL_HEADERS", "LOCALENV_REAL_COMPARING"
_TIMEOUT = 60.0  # seconds for the next part of an answer
_LONGEST = 240.0  # seconds for all of it: less than the stub server waits
_LARGEST = 256 << 20  # bytes of an answer
_NOT_PASSED = (
    *("connection", "host", "keep-alive", "transfer-encoding", "content-length", "upgrade", "http2-settings"),
    *("user-agent", "expect"),
)
_LOCATIONS = ("location", "content-location")
_HINT = " (a certificate authority of your own: export SSL_CERT_FILE=…, then localenv real again)"
_OURS = "x-localenv-"  # headers that the stub server tells upstreams and tests apart by
_WITH_LENGTH = ("POST", "PUT", "PATCH")  # methods whose requests say their length, also that of no body

Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class ForwardedExchange:
    """A request as the real server got it, without additional headers, and its answer."""

    method: str
    path: str
    sent: Headers
    body: bytes
    status: int
    headers: Headers
    answer: bytes


class ForwardingServer(LocalServer):
    """Passes requests to a real server, on 127.0.0.1, but for the headers `hidden` and with `more`."""

    def __init__(
        self, port: int, url: str, *, more: Mapping[str, str] = MappingProxyType({}), hidden: Collection[str] = ()
    ) -> None:
        super().__init__(("127.0.0.1", port), _Forward)
        self.url = urlsplit(url)
        self.more = dict(more)
        self.hidden = frozenset(name.lower() for name in hidden)
        self.comparison: Comparison | None = None
        self.comparing = Lock()  # one after another, as the service has asked

    def take(self, exchange: ForwardedExchange) -> None:
        """See an exchange before its answer is passed on."""

    def miss(self) -> None:
        """See that the real server did not answer a request."""


class _Forward(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize, disable_nagle_algorithm = -1, True  # head and body at once: in two packets an answer takes 40 ms longer
    server: ForwardingServer

    def __getattr__(self, name: str) -> Callable[[], None]:
        """The method of the base class for any method of HTTP."""
        if name.startswith("do_"):
            return self.forward
        raise AttributeError(name)

    def forward(self) -> None:
        """Ask the real server the same, and pass its answer on."""
        try:
            body, sent = received(self.headers, self.rfile), list(self._sent())
        except MalformedRequest as error:
            self.close_connection = True  # where the next request begins is unknown
            self._refuse(error)
            return
        try:
            answer, content = self._asked(sent, body)
        except http.client.InvalidURL as error:
            self._refuse(error)
            return
        except (OSError, http.client.HTTPException) as error:
            where = f"{self.server.url.scheme}://{self.server.url.netloc}"
            hint = _HINT if isinstance(error, ssl.SSLCertVerificationError) else ""
            text = f"the real server at {where} did not answer: {error}{hint}"
            self.server.miss()
            self._pass(502, [("Content-Type", "text/plain")], text.encode())
            return
        except ValueError as error:  # a method or a header that cannot be sent
            self._refuse(error)
            return
        about: dict[str, Any] = {"method": self.command, "path": self.path, "sent": sent, "body": body}
        about |= {"status": answer.status, "headers": answer.getheaders(), "answer": content}
        self.server.take(ForwardedExchange(**about))
        self._pass(answer.status, list(self._answered(answer.getheaders())), content)
        whole = decoded(content, answer.getheader("Content-Encoding", "").lower())
        if self.server.comparison and whole is not None:
            seen = ComparedAnswer(status=answer.status, kind=answer.getheader("Content-Type", ""), body=whole)
            with self.server.comparing:
                self.server.comparison.compare((self.command, self.path, sent, body), seen)

    def _sent(self) -> Iterator[tuple[str, str]]:
        """The headers that the client has sent; its User-Agent, which the stub server replaces, has another name."""
        for name, text in self.headers.items():
            if name.lower() == AGENT.lower() and text:
                yield "User-Agent", text
            elif _is_passed(name.lower()) and name.lower() not in self.server.hidden:
                yield name, text

    def _answered(self, headers: Headers) -> Iterator[tuple[str, str]]:
        """The headers of an answer; a redirect to the real server leads to the same address as before."""
        for name, text in headers:
            yield name, here(text, self.server.url) if name.lower() in _LOCATIONS else text

    def _asked(self, sent: Headers, body: bytes) -> tuple[http.client.HTTPResponse, bytes]:
        """The answer of the real server; raises OSError and HTTPException."""
        url, more = self.server.url, self.server.more
        given = {name.lower() for name in more}
        kind = limits.LimitedSecureConnection if url.scheme == "https" else limits.LimitedConnection
        connection = kind(url.netloc, timeout=_TIMEOUT)
        connection.limit = _LONGEST
        try:
            connection.putrequest(self.command, url.path.rstrip("/") + self.path, skip_accept_encoding=True)
            for name, text in (*(one for one in sent if one[0].lower() not in given), *more.items()):
                connection.putheader(name, text)
            if body or self.command in _WITH_LENGTH:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body or None)
            answer = connection.getresponse()
            return answer, _whole(answer)
        finally:
            connection.end()
            connection.close()

    def log_request(self, code: Any = "-", size: Any = "-") -> None:
        """Nothing: WireMock has a journal."""

    def _refuse(self, why: Exception) -> None:
        self._pass(400, [("Content-Type", "text/plain")], str(why).encode(errors="replace"))

    def _pass(self, status: int, headers: Headers, body: bytes) -> None:
        self.send_response_only(status)
        for name, text in headers:
            if name.lower() not in _NOT_PASSED:
                self.send_header(name, text)
        length = next((text for name, text in headers if name.lower() == "content-length"), "0")
        self.send_header("Content-Length", length if self.command == "HEAD" else str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()


def _whole(answer: Any) -> bytes:
    """The body of an answer of a limited connection; raises OSError and HTTPException where it is not whole."""
    is_cut = False
    try:
        content = answer.read(_LARGEST + 1)
    except (OSError, http.client.HTTPException):
        content, is_cut = b"", True
    if answer.is_late():
        raise TimeoutError(f"its answer does not end within {_LONGEST:g} s")
    if is_cut:
        raise http.client.HTTPException("its answer is cut off")
    if len(content) > _LARGEST:
        raise http.client.HTTPException(f"its answer is larger than {_LARGEST >> 20} MiB")
    if answer.length:  # that are still to come
        raise http.client.HTTPException(f"its answer ended {answer.length:,} bytes too early")
    return bytes(content)


def here(location: str, server: SplitResult) -> str:
    """Where a location of the server is for those who do not know its URL; one elsewhere stays."""
    to, base = urlsplit(location), server.path.rstrip("/")
    is_same = not to.netloc or (to.scheme, to.netloc.lower()) == (server.scheme, server.netloc.lower())
    if not is_same or not (to.path == base or to.path.startswith(f"{base}/")) or not (to.netloc or to.path):
        return location
    path = to.path.removeprefix(base) or "/"
    return location if path.startswith("//") else urlunsplit(("", "", path, to.query, to.fragment))


def _is_passed(name: str) -> bool:
    return name not in _NOT_PASSED and not name.startswith(_OURS)


def described(port: int) -> ForwardingServer:
    """The server that the variables of this program describe."""
    server = ForwardingServer(port, os.environ[URL], more=json.loads(os.environ.get(HEADERS, "{}")))
    compared = os.environ.get(COMPARING)
    server.comparison = Comparison(json.loads(compared)) if compared else None
    return server


def main(port: int) -> None:
    """Serve until the program is ended."""
    with described(port) as server:
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit())
        try:
            server.serve_forever()
        finally:
            if server.comparison:
                server.comparison.close()


if __name__ == "__main__":
    main(int(sys.argv[1]))
