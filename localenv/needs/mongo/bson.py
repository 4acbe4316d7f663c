"""BSON, as far as MongoDB's own commands need it: https://bsonspec.org/spec.html."""

import struct
from collections.abc import Mapping, Sequence
from typing import Any

BsonDocument = Mapping[str, Any]

_DOUBLE, _TEXT, _DOCUMENT, _ARRAY, _BINARY, _BOOLEAN, _NULL, _INT32, _INT64 = 1, 2, 3, 4, 5, 8, 10, 16, 18
_SIZES = {_DOUBLE: 8, 7: 12, _BOOLEAN: 1, 9: 8, _NULL: 0, _INT32: 4, 17: 8, _INT64: 8, 19: 16}  # of fixed types


def encoded(document: BsonDocument) -> bytes:
    """A document of texts, bytes, whole numbers, truth values, and documents and lists of these."""
    body = b"".join(_element(name, value) for name, value in document.items())
    return struct.pack("<i", len(body) + 5) + body + b"\0"


def _element(name: str, value: Any) -> bytes:
    key = name.encode() + b"\0"
    match value:
        case bool():
            return bytes([_BOOLEAN]) + key + bytes([value])
        case int():
            return bytes([_INT32]) + key + struct.pack("<i", value)
        case bytes():
            return bytes([_BINARY]) + key + struct.pack("<ib", len(value), 0) + value
        case str():
            text = value.encode() + b"\0"
            return bytes([_TEXT]) + key + struct.pack("<i", len(text)) + text
        case Mapping():
            return bytes([_DOCUMENT]) + key + encoded(value)
        case Sequence():
            return bytes([_ARRAY]) + key + encoded({str(number): one for number, one in enumerate(value)})
    raise TypeError(value)


def decoded(data: bytes) -> dict[str, Any]:
    """A document; values of other types are None. Raises ValueError, struct.error."""
    found: dict[str, Any] = {}
    at = 4
    while data[at]:
        kind, end = data[at], data.index(b"\0", at + 1)
        name, at = data[at + 1 : end].decode(), end + 1
        size = _size(kind, data, at)
        found[name] = _value(kind, data[at : at + size])
        at += size
    return found


def _size(kind: int, data: bytes, at: int) -> int:
    if kind in _SIZES:
        return _SIZES[kind]
    if kind not in (_TEXT, _DOCUMENT, _ARRAY, _BINARY):
        raise ValueError(kind)
    length: int = struct.unpack_from("<i", data, at)[0]
    if length < 0:
        raise ValueError(length)
    return length + {_TEXT: 4, _BINARY: 5}.get(kind, 0)


def _value(kind: int, data: bytes) -> Any:
    match kind:
        case 1:
            return struct.unpack("<d", data)[0]
        case 2:
            return data[4:-1].decode(errors="replace")
        case 3:
            return decoded(data)
        case 4:
            return [*decoded(data).values()]
        case 5:
            return data[5:]
        case 8:
            return data != b"\0"
        case 16:
            return struct.unpack("<i", data)[0]
        case 18:
            return struct.unpack("<q", data)[0]
    return None
