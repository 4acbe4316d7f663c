"""HTTP with a time limit for the whole response, because a socket timeout applies to each read only."""

import http.client
import socket
import zlib
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from localenv.host.background import later

LARGEST = 1 << 20  # bytes of a body to read
_CHUNK = 1 << 16
_ANY_ZIP = 47  # zlib's word for gzip or zlib, by the first bytes


class _FinalResponse(http.client.HTTPResponse):
    """The final response: interim ones before it, such as 103 Early Hints, are skipped (RFC 9110, 15.2)."""

    def _read_status(self) -> tuple[str, int, str]:
        while True:
            version, status, reason = super()._read_status()  # type: ignore[misc]
            if not _is_interim(status):
                return version, status, reason
            http.client.parse_headers(self.fp)


def _is_interim(status: int) -> bool:
    return 100 <= status < 200 and status != http.client.SWITCHING_PROTOCOLS


class _Limited:
    """Closes the connection that many seconds after it was opened."""

    response_class: type[http.client.HTTPResponse] = _FinalResponse
    sock: Any
    limit: float = 30.0
    call_off: Callable[[], None] = staticmethod(lambda: None)
    has_hung_up = False

    def connect(self) -> None:
        super().connect()  # type: ignore[misc]
        opened = self.sock
        self.call_off = later(self.limit, lambda: self._hang_up(opened))

    def getresponse(self) -> Any:
        """The response; raises TimeoutError where not even its headers are complete in time."""
        try:
            answer = super().getresponse()  # type: ignore[misc]
        except (OSError, http.client.HTTPException):
            if not self.has_hung_up:
                raise
        if self.has_hung_up:
            raise TimeoutError(f"no complete headers within {self.limit:g} s")
        answer.is_late = lambda: self.has_hung_up
        return answer

    def end(self) -> None:
        """The response is complete."""
        self.call_off()

    def _hang_up(self, opened: socket.socket) -> None:
        self.has_hung_up = True
        with suppress(OSError):
            opened.shutdown(socket.SHUT_RDWR)


class LimitedConnection(_Limited, http.client.HTTPConnection):
    """A connection for one request, whose response takes at most `limit` seconds."""


class LimitedSecureConnection(_Limited, http.client.HTTPSConnection):
    """The same with TLS."""


def body(answer: Any, *, whole: bool = False, most: int = LARGEST, until: bytes = b"") -> bytes:
    """The body as far as it arrived in time: at most a mebibyte, also of an endless stream; with `until`, up to there.

    Raises IncompleteRead where it must be `whole` and is cut off, or does not end in time.
    """
    found, searched, is_cut = bytearray(), 0, False
    try:
        while len(found) < most and (chunk := answer.read1(_CHUNK)):
            found += chunk
            if until and found.find(until, searched) >= 0:
                return bytes(found[:most])
            searched = max(0, len(found) - len(until))
    except (OSError, http.client.HTTPException):
        is_cut = True
    is_late = getattr(answer, "is_late", None)  # endless trailers end as others when the connection is closed
    is_cut = is_cut or (is_late is not None and is_late())
    if whole and (is_cut or answer.length) and len(found) < most:
        raise http.client.IncompleteRead(bytes(found), answer.length)
    return bytes(found[:most])


def plain(content: bytes, encoding: str) -> bytes:
    """A body without its Content-Encoding, at most a mebibyte of it; raises ValueError for one that cannot be read."""
    match encoding.strip().lower():
        case "" | "identity":
            return content
        case "gzip" | "x-gzip" | "deflate":
            try:
                return zlib.decompressobj(_ANY_ZIP).decompress(content, LARGEST)
            except zlib.error as error:
                raise ValueError(f"its body is not {encoding}") from error
    raise ValueError(f"its body is compressed with {encoding}, although the request accepts no compression")


def fetched(host: str, port: int, path: str, *, seconds: float, most: int) -> bytes:
    """The body that a server of this machine answers a GET with; raises OSError and HTTPException.

    The whole exchange takes at most `seconds`, and at most `most` bytes are read.
    """
    asked = LimitedConnection(host, port, timeout=seconds)
    asked.limit = seconds
    try:
        asked.request("GET", path)
        answer = asked.getresponse()
        if answer.status != http.client.OK:
            raise http.client.HTTPException(f"GET {path} returned {answer.status}")
        return body(answer, whole=True, most=most)
    finally:
        asked.end()
        asked.close()
