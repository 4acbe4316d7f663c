"""Forward a port for each upstream to the one stub server; responses pass unchanged.

Runs as a separate program, with routes as JSON on its command line: a listening descriptor, see `gate.py`, the host and
port to forward to, and the header that is added to each request, so that the server knows the port. Standard library
only. A half-closed connection stays half open, and a reset stays a reset, so that every fault of a stub passes
unchanged.
"""

import asyncio
import json
import re
import socket
import struct
import sys
from contextlib import suppress

_BACKLOG = 512
_CHUNK = 1 << 16
_LONGEST = 1 << 20  # bytes of a line
_ENDLESS = float("inf")
_TEXT = re.compile(rb"[\t\r\n -~]")  # TLS starts with other bytes
_SIZE = re.compile(rb"[0-9A-Fa-f]{1,16}")
_REQUEST = re.compile(rb"(?!CONNECT )[!-~]+ [^\r\n]+ HTTP/1\.[01]\r?\n")
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER with zero time: close with a reset


def main() -> None:
    """Serve all routes, until the process is ended."""
    routes = json.loads(sys.argv[1])
    asyncio.run(_serve([(socket.socket(fileno=listening), *more) for listening, *more in routes]))


class Marking:
    """Adds a header to each request of a connection; anything other than HTTP/1 passes unchanged."""

    def __init__(self, header: str) -> None:
        self._header = header.encode()
        self._name = self._header.partition(b":")[0].lower() + b":"
        self._pending = b""  # the start of an incomplete line
        self._left: float = 0  # bytes of a body still to pass
        self._step = self._begin
        self._length, self._is_chunked = 0, False

    def __call__(self, chunk: bytes) -> bytes:
        """The bytes to forward for a received chunk."""
        data, self._pending = self._pending + chunk, b""
        passed: list[bytes] = []
        while data:
            if self._left:
                size = int(min(self._left, len(data)))
                passed.append(data[:size])
                data, self._left = data[size:], self._left - size
                continue
            line, end, rest = data.partition(b"\n")
            if not end and len(data) < _LONGEST and _TEXT.match(data):
                self._pending = data
                break
            if not end:
                self._left = _ENDLESS
                continue
            passed.append(self._step(line + end))
            data = rest
        return b"".join(passed)

    def rest(self) -> bytes:
        """The withheld bytes, at the end of the input."""
        return self._pending

    def _begin(self, line: bytes) -> bytes:
        """A request line, or an empty line before it."""
        if not line.strip():
            return line
        if not _REQUEST.fullmatch(line):
            self._left = _ENDLESS
            return line
        self._step, self._length, self._is_chunked = self._head, 0, False
        return line + self._header + b"\r\n"

    def _head(self, line: bytes) -> bytes:
        """A line of the head; an empty one is followed by the body."""
        lowered = line.lower()
        if not line.strip():
            self._step = self._chunk if self._is_chunked else self._begin
            self._left = 0 if self._is_chunked else self._length
        elif lowered.startswith(self._name):
            return b""  # already marked by another relay
        elif lowered.startswith(b"transfer-encoding:"):
            self._is_chunked = b"chunked" in lowered
        elif lowered.startswith(b"content-length:"):
            digits = line.partition(b":")[2].strip()
            self._length = int(digits) if digits.isdigit() else 0
        return line

    def _chunk(self, line: bytes) -> bytes:
        """The size of a chunk; the last one is followed by trailers."""
        found = _SIZE.match(line)
        if not found:
            self._left = _ENDLESS
            return line
        size = int(found[0], 16)
        self._left = size + 2 if size else 0
        self._step = self._chunk if size else self._trailer
        return line

    def _trailer(self, line: bytes) -> bytes:
        if not line.strip():
            self._step = self._begin
        return line


async def _serve(listening: list[tuple[socket.socket, str, int, str]]) -> None:
    servers = [await _server(*one) for one in listening]
    await asyncio.gather(*(server.serve_forever() for server in servers))


async def _server(opened: socket.socket, to_host: str, to_port: int, header: str) -> asyncio.Server:
    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            onward = await asyncio.open_connection(to_host, to_port)
        except OSError:
            _reset(writer)
            return
        await _both(reader, writer, *onward, Marking(header))

    return await asyncio.start_server(relay, sock=opened, backlog=_BACKLOG)


async def _both(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    answers: asyncio.StreamReader,
    onward: asyncio.StreamWriter,
    marking: Marking,
) -> None:
    """Forward both directions independently; a reset of one side resets the other."""
    for one in (writer, onward):
        with suppress(OSError):  # it is closed already, which reading reports
            one.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    done = await asyncio.gather(_pass(reader, onward, marking), _pass(answers, writer), return_exceptions=True)
    for one in (writer, onward):
        if any(isinstance(result, OSError) for result in done):
            _reset(one)
        else:
            one.close()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, marking: Marking | None = None) -> None:
    try:
        while chunk := await reader.read(_CHUNK):
            writer.write(marking(chunk) if marking else chunk)
            await writer.drain()
        if marking:
            writer.write(marking.rest())
    except OSError:
        _reset(writer)
        raise
    with suppress(OSError, RuntimeError):
        writer.write_eof()


def _reset(writer: asyncio.StreamWriter) -> None:
    opened = writer.get_extra_info("socket")
    with suppress(OSError):
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()


if __name__ == "__main__":
    main()
