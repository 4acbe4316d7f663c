"""A short exchange over a socket."""

import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TypeVar

from localenv.needs import NotYet, Refused, Silent
from localenv.stack import Connection

SHORT = 1.0  # seconds of an exchange that only checks for an answer
SILENCE = 10.0  # seconds without a byte, after which a server has to show that it still answers
_CLOSED = "it closed the connection"
_MOST = 1 << 20  # bytes of the responses in a short exchange

_T = TypeVar("_T")


class Wire:
    """A connection with one deadline for all responses, and at most so many bytes of them; raises OSError.

    A server that is silent for long works on a long command, if `ask` gets an answer on another connection; a server
    that has never answered, or does not answer `ask`, raises TimeoutError or Silent before the deadline.
    """

    def __init__(
        self,
        connected: socket.socket,
        deadline: float,
        most: int | None = None,
        ask: Callable[[], None] | None = None,
    ) -> None:
        self._socket = connected
        self._deadline = deadline
        self._left = most
        self._ask = ask
        self._has_answered = False
        self._buffer = bytearray()  # supports removal at the front without a copy

    def send(self, data: bytes) -> None:
        """Send all of it."""
        rest = memoryview(data)
        while rest:
            rest = rest[self._patiently(lambda: self._socket.send(rest)) :]  # noqa: B023 - called at once

    def exactly(self, size: int) -> bytes:
        """The next `size` bytes."""
        while len(self._buffer) < size:
            self._receive()
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        return data

    def line(self) -> bytes:
        r"""The next line, without its `\r\n`."""
        while (end := self._buffer.find(b"\n")) < 0:
            self._receive()
        return self.exactly(end + 1)[:-1].removesuffix(b"\r")

    def encrypt(self) -> None:
        """Switch to TLS without verification: this is a port on this machine."""
        import ssl  # slow, and rarely needed

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        self._hurry()
        self._socket = context.wrap_socket(self._socket)

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()

    def _receive(self) -> None:
        data = self._patiently(lambda: self._socket.recv(65536))
        if not data:
            raise ConnectionError(_CLOSED)
        self._has_answered = True
        if self._left is not None:
            self._left -= len(data)
            if self._left < 0:
                raise ConnectionError("its response does not end")
        self._buffer += data

    def _hurry(self) -> float:
        left = self._deadline - monotonic()
        if left <= 0:
            raise TimeoutError
        self._socket.settimeout(min(left, SILENCE))
        return left

    def _patiently(self, work: Callable[[], _T]) -> _T:
        while True:
            left = self._hurry()
            try:
                return work()
            except TimeoutError:
                if left <= SILENCE or not self._has_answered or not self._ask:
                    raise
            try:
                self._ask()
            except Silent:
                raise
            except (NotYet, Refused):  # an answer too
                continue


@contextmanager
def dialled(connection: Connection, seconds: float = SHORT, ask: Callable[[], None] | None = None) -> Iterator[Wire]:
    """Open a connection for at most `seconds`; any failure becomes NotYet.

    It ends earlier if the server answers neither here nor `ask`, which opens another connection, for SILENCE each.
    """
    deadline, most = monotonic() + seconds, _MOST if seconds <= SHORT else None
    first = min(seconds, SILENCE)
    try:
        connected = socket.create_connection((connection.host, int(connection.port)), timeout=first)
        wire = Wire(connected, deadline, most, ask)
        try:
            yield wire
        finally:
            wire.close()
    except TimeoutError as error:
        waited = seconds if monotonic() >= deadline else first
        raise Silent(f"no answer within {waited:g} s") from error
    except ConnectionResetError as error:  # Docker's proxy does either, in turn: the same answer is reported once
        raise NotYet(_CLOSED) from error
    except OSError as error:
        raise NotYet((error.strerror or str(error)).lower()) from error
    except (struct.error, ValueError, IndexError, KeyError, RecursionError) as error:
        raise NotYet("the response has another protocol") from error


def answers_http(connection: Connection, path: str) -> None:
    """Return when it answers a GET with 200; raise NotYet otherwise, within a second."""
    with dialled(connection) as wire:
        wire.send(f"GET {path} HTTP/1.0\r\nHost: {connection.address}\r\n\r\n".encode())
        answer = wire.line()
        if not answer.startswith(b"HTTP/1."):
            raise ValueError(answer)
        if b" 200 " not in answer:
            raise NotYet(f"it answers {answer.decode(errors='replace')}")
