"""Read the body of a request that a program on this machine has received."""

import string
from collections.abc import Iterator
from email.message import Message
from io import BufferedIOBase

from localenv.stubs.responder.values import MalformedRequest

_LARGEST = 256 << 20  # bytes of a body, and of all lines around its chunks
_LINE = 8192  # bytes of a line around chunks
_CUT = "the body is cut off"


def received(headers: Message, stream: BufferedIOBase) -> bytes:
    """The whole body: of the length that its headers say, or in chunks; raises MalformedRequest."""
    if "chunked" in headers.get("Transfer-Encoding", "").lower():
        return b"".join(_chunks(stream))
    length = (headers.get("Content-Length") or "0").strip()
    return _read(stream, _number(length, 10, string.digits))


def _chunks(stream: BufferedIOBase) -> Iterator[bytes]:
    left = _LARGEST
    while size := _number(_line(stream).partition(b";")[0].decode("latin-1"), 16, string.hexdigits):
        left -= size + _LINE // 1024
        if left < 0:
            raise MalformedRequest("the body is too large")
        yield _read(stream, size)
        _line(stream)
    trailers = 0
    while _line(stream):
        trailers += 1
        if trailers > _LINE:
            raise MalformedRequest("the trailers do not end")


def _read(stream: BufferedIOBase, size: int) -> bytes:
    found = stream.read(size)
    if len(found) < size:
        raise MalformedRequest(_CUT)
    return found


def _line(stream: BufferedIOBase) -> bytes:
    found = stream.readline(_LINE)
    if not found.endswith(b"\n"):
        raise MalformedRequest(_CUT)
    return found.strip()


def _number(text: str, base: int, digits: str) -> int:
    text = text.strip()
    if not text or not set(text) <= set(digits) or len(text) > 16 or int(text, base) > _LARGEST:
        raise MalformedRequest("the length of the body is invalid")
    return int(text, base)
