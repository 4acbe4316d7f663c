"""PostgreSQL's protocol, as far as logging in.

https://www.postgresql.org/docs/current/protocol-flow.html and SCRAM-SHA-256 of RFC 5802 and 7677.
"""

import hashlib
import hmac
import struct
from base64 import b64decode, b64encode
from secrets import token_urlsafe

from localenv.needs import NotYet
from localenv.needs.wire import Wire, dialled
from localenv.stack import Connection

_VERSION = 196608  # 3.0


def log_in(connection: Connection, database: str) -> None:
    """Return when the server is ready for a query of this user in this database; raise NotYet otherwise."""
    with dialled(connection) as wire:
        parameters = f"user\0{connection.user}\0database\0{database}\0\0".encode()
        wire.send(struct.pack("!ii", len(parameters) + 8, _VERSION) + parameters)
        while True:
            kind, body = _message(wire)
            match kind:
                case b"R":
                    _authenticate(wire, connection, body)
                case b"Z":
                    wire.send(_frame(b"X", b""))
                    return
                case b"E":
                    raise NotYet(_reason(body))
                case b"S" | b"K" | b"N" | b"v":
                    continue
                case _:
                    raise ValueError(kind)


def _authenticate(wire: Wire, connection: Connection, request: bytes) -> None:
    password = connection.password.encode()
    match struct.unpack("!i", request[:4])[0]:
        case 0:
            return
        case 3:
            wire.send(_frame(b"p", password + b"\0"))
        case 5:
            wire.send(_frame(b"p", _md5(password, connection.user.encode(), request[4:8]) + b"\0"))
        case 10 if b"SCRAM-SHA-256" in request[4:].split(b"\0"):
            _scram(wire, password)
        case method:
            raise NotYet(f"it asks for an unknown way to log in ({method})")


def _md5(password: bytes, user: bytes, salt: bytes) -> bytes:
    inner = hashlib.md5(password + user, usedforsecurity=False).hexdigest().encode()
    return b"md5" + hashlib.md5(inner + salt, usedforsecurity=False).hexdigest().encode()


def _scram(wire: Wire, password: bytes) -> None:
    first = f"n=,r={token_urlsafe(18)}".encode()
    opening = b"n,," + first
    wire.send(_frame(b"p", b"SCRAM-SHA-256\0" + struct.pack("!i", len(opening)) + opening))
    challenge = _sasl(wire)
    given = dict(part.split(b"=", 1) for part in challenge.split(b","))
    salted = hashlib.pbkdf2_hmac("sha256", password, b64decode(given[b"s"]), int(given[b"i"]))
    without_proof = b"c=biws,r=" + given[b"r"]
    said = b",".join((first, challenge, without_proof))
    wire.send(_frame(b"p", without_proof + b",p=" + b64encode(_proof(salted, said))))
    if _sasl(wire) != b"v=" + b64encode(_hmac(_hmac(salted, b"Server Key"), said)):
        raise NotYet("it does not know the password itself")


def _proof(salted: bytes, said: bytes) -> bytes:
    key = _hmac(salted, b"Client Key")
    signature = _hmac(hashlib.sha256(key).digest(), said)
    return bytes(left ^ right for left, right in zip(key, signature, strict=True))


def _sasl(wire: Wire) -> bytes:
    kind, body = _message(wire)
    if kind == b"E":
        raise NotYet(_reason(body))
    return body[4:]


def _hmac(key: bytes, text: bytes) -> bytes:
    return hmac.digest(key, text, "sha256")


def _message(wire: Wire) -> tuple[bytes, bytes]:
    kind, size = struct.unpack("!ci", wire.exactly(5))
    if not 4 <= size <= 1 << 20:
        raise ValueError(size)
    return kind, wire.exactly(size - 4)


def _frame(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!i", len(body) + 4) + body


def _reason(body: bytes) -> str:
    fields = {field[:1]: field[1:] for field in body.split(b"\0")}
    return fields.get(b"M", b"refused").decode(errors="replace")
