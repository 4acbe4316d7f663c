"""A short exchange over a socket."""

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from localenv.needs import NotYet
from localenv.stack import Connection

SHORT = 1.0  # seconds of an exchange that only checks for an answer
_CLOSED = "it closed the connection"
_MOST = 1 << 20  # bytes of the responses in a short exchange


class Wire:
    """A connection with one deadline for all responses, and at most so many bytes of them; raises OSError."""

    def __init__(self, connected: socket.socket, deadline: float, most: int | None = None) -> None:
        self._socket = connected
        self._deadline = deadline
        self._left = most
        self._buffer = bytearray()  # supports removal at the front without a copy

    def send(self, data: bytes) -> None:
        """Send all of it."""
        self._hurry()
        self._socket.sendall(data)

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
        self._hurry()
        data = self._socket.recv(65536)
        if not data:
            raise ConnectionError(_CLOSED)
        if self._left is not None:
            self._left -= len(data)
            if self._left < 0:
                raise ConnectionError("its response does not end")
        self._buffer += data

    def _hurry(self) -> None:
        left = self._deadline - monotonic()
        if left <= 0:
            raise TimeoutError
        self._socket.settimeout(left)


@contextmanager
def dialled(connection: Connection, seconds: float = SHORT) -> Iterator[Wire]:
    """Open a connection for at most `seconds`; any failure becomes NotYet."""
    deadline, most = monotonic() + seconds, _MOST if seconds <= SHORT else None
    try:
        wire = Wire(socket.create_connection((connection.host, int(connection.port)), timeout=seconds), deadline, most)
        try:
            yield wire
        finally:
            wire.close()
    except TimeoutError as error:
        raise NotYet(f"no answer within {seconds:g} s") from error
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
