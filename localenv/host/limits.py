"""HTTP with somebody who may never end: a limit for a whole answer, where a timeout is one for each read."""

import http.client
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from localenv.host.background import later

LARGEST = 1 << 20  # bytes of a body that are read
_CHUNK = 1 << 16


class _Limited:
    """Hangs up so many seconds after it has connected."""

    sock: Any
    limit: float = 30.0
    call_off: Callable[[], None] = staticmethod(lambda: None)
    has_hung_up = False

    def connect(self) -> None:
        super().connect()  # type: ignore[misc]
        opened = self.sock
        self.call_off = later(self.limit, lambda: self._hang_up(opened))

    def end(self) -> None:
        """Its answer is whole."""
        self.call_off()

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
