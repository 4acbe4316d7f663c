"""HTTP with somebody who may never end: a limit for a whole answer, where a timeout is one for each read."""

import http.client
import socket
from contextlib import suppress
from threading import Timer
from typing import Any

LARGEST = 1 << 20  # bytes of a body that are read
_CHUNK = 1 << 16


class _Limited:
    """Hangs up so many seconds after it has connected."""

    sock: Any
    limit: float = 30.0
    timer: Timer | None = None
    has_hung_up = False

    def connect(self) -> None:
        super().connect()  # type: ignore[misc]
        self.timer = Timer(self.limit, self._hang_up, [self.sock])
        self.timer.daemon = True
        self.timer.start()

    def end(self) -> None:
        """Its answer is whole."""
        if self.timer:
            self.timer.cancel()

    def _hang_up(self, opened: socket.socket) -> None:
        self.has_hung_up = True
        with suppress(OSError):
            opened.shutdown(socket.SHUT_RDWR)


class LimitedConnection(_Limited, http.client.HTTPConnection):
    """A connection for one request, whose answer takes at most `limit` seconds."""


class LimitedSecureConnection(_Limited, http.client.HTTPSConnection):
    """The same with TLS."""


def body(answer: Any) -> bytes:
    """A body as far as it came: at most a mebibyte, of a stream that does not end what was sent in time."""
    found = b""
    with suppress(OSError, http.client.HTTPException):
        while len(found) < LARGEST and (chunk := answer.read1(_CHUNK)):
            found += chunk
    return found[:LARGEST]
