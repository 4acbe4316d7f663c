"""PostgreSQL's protocol: login and the simple query.

https://www.postgresql.org/docs/current/protocol-flow.html and SCRAM-SHA-256 of RFC 5802 and 7677.
"""

import hashlib
import hmac
import struct
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from secrets import token_urlsafe

from localenv.needs import NotYet, Refused
from localenv.needs.wire import SILENCE, Wire, dialled
from localenv.stack import Connection

PostgresRow = tuple[str | None, ...]  # values as text

_VERSION = 196608  # 3.0
_LARGEST = 1 << 20  # bytes of a message


def log_in(connection: Connection, database: str) -> None:
    """Return when the server accepts a query of this user in this database; raise NotYet otherwise."""
    with session(connection, database, 1.0):
        pass


@contextmanager
def session(connection: Connection, database: str, seconds: float) -> Iterator["PostgresSession"]:
    """Open an SQL session of at most `seconds`; raises NotYet if that is not possible."""
    with dialled(connection, seconds, lambda: _ask(connection, database)) as wire:
        parameters = f"user\0{connection.user}\0database\0{database}\0client_encoding\0UTF8\0\0".encode()
        wire.send(struct.pack("!ii", len(parameters) + 8, _VERSION) + parameters)
        while True:
            kind, body = _message(wire)
            match kind:
                case b"R":
                    _authenticate(wire, connection, body)
                case b"Z":
                    break
                case b"E":
                    raise NotYet(_fields(body)["M"])
                case b"S" | b"K" | b"N" | b"v":
                    continue
                case _:
                    raise ValueError(kind)
        yield PostgresSession(wire)
        wire.send(_frame(b"X", b""))


def _ask(connection: Connection, database: str) -> None:
    with session(connection, database, SILENCE):
        pass


class PostgresSession:
    """A logged-in client."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def ask(self, sql: str) -> list[PostgresRow]:
        """Run statements, in one transaction unless they contain transaction commands; returns the rows of all of them.

        Raises Refused with the server's message and SQLSTATE.
        """
        self._wire.send(_frame(b"Q", sql.encode() + b"\0"))
        rows: list[PostgresRow] = []
        failure: dict[str, str] | None = None
        while True:
            kind, body = _message(self._wire)
            match kind:
                case b"D":
                    rows.append(_row(body))
                case b"E":
                    failure = _fields(body)
                case b"Z":
                    break
        if failure is not None:
            raise Refused(failure["M"], code=failure.get("C", ""), hint=failure.get("H", ""))
        return rows


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
            raise NotYet(f"unknown login method ({method})")


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
    message = b",".join((first, challenge, without_proof))
    wire.send(_frame(b"p", without_proof + b",p=" + b64encode(_proof(salted, message))))
    if _sasl(wire) != b"v=" + b64encode(_hmac(_hmac(salted, b"Server Key"), message)):
        raise NotYet("it could not prove that it knows the password")


def _proof(salted: bytes, message: bytes) -> bytes:
    key = _hmac(salted, b"Client Key")
    signature = _hmac(hashlib.sha256(key).digest(), message)
    return bytes(left ^ right for left, right in zip(key, signature, strict=True))


def _sasl(wire: Wire) -> bytes:
    kind, body = _message(wire)
    if kind == b"E":
        raise NotYet(_fields(body)["M"])
    return body[4:]


def _hmac(key: bytes, text: bytes) -> bytes:
    return hmac.digest(key, text, "sha256")


def _message(wire: Wire) -> tuple[bytes, bytes]:
    kind, size = struct.unpack("!ci", wire.exactly(5))
    if not 4 <= size <= _LARGEST:
        raise ValueError(size)
    return kind, wire.exactly(size - 4)


def _frame(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!i", len(body) + 4) + body


def _row(body: bytes) -> PostgresRow:
    values: list[str | None] = []
    at = 2
    for _ in range(struct.unpack_from("!h", body)[0]):
        size = struct.unpack_from("!i", body, at)[0]
        at += 4
        values.append(None if size < 0 else body[at : at + size].decode())
        at += max(size, 0)
    return tuple(values)


def _fields(body: bytes) -> dict[str, str]:
    """The fields of an error message, by the letters of the protocol."""
    fields = {field[:1].decode(): field[1:].decode(errors="replace") for field in body.split(b"\0") if field}
    return {"M": "refused", **fields}
