"""Read the body of a request that a program on this machine has received."""

from collections.abc import Iterator
from email.message import Message
from io import BufferedIOBase


def received(headers: Message, stream: BufferedIOBase) -> bytes:
    """The whole body: of the length that its headers say, or in chunks."""
    if "chunked" in headers.get("Transfer-Encoding", "").lower():
        return b"".join(_chunks(stream))
    return stream.read(int(headers.get("Content-Length") or 0))


def _chunks(stream: BufferedIOBase) -> Iterator[bytes]:
    while size := int(stream.readline().partition(b";")[0], 16):
        yield stream.read(size)
        stream.readline()
    while stream.readline().strip():  # trailers
        pass
