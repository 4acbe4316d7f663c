"""Bodies without their compression."""

import gzip
import io
import zlib

_LARGEST = 64 << 20  # bytes of a body that is not compressed any more
_READABLE = frozenset({"", "identity", "gzip", "x-gzip", "deflate"})


def is_readable(encoding: str) -> bool:
    """Whether bodies with this Content-Encoding can be read."""
    return encoding.strip().lower() in _READABLE


def decompressed(body: bytes, encoding: str) -> bytes:
    """A body without its compression; as it is if it has none, cannot be read or would be larger than 64 MiB."""
    kind = encoding.strip().lower()
    try:
        if kind == "gzip" or body.startswith(b"\x1f\x8b"):
            with gzip.open(io.BytesIO(body)) as opened:  # reads all of its members
                found = opened.read(_LARGEST + 1)
            return found if len(found) <= _LARGEST else body
        if kind == "deflate":
            deflated = zlib.decompressobj()
            found = deflated.decompress(body, _LARGEST)
            return found if deflated.eof else body
    except (zlib.error, EOFError, OSError):
        return body
    return body
