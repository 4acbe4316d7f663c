"""The protocol of MySQL and MariaDB: login and text statements.

https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase.html and
https://mariadb.com/kb/en/connection/.
"""

import hashlib
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from localenv.needs import NotYet, Refused
from localenv.needs.wire import SILENCE, Wire, dialled
from localenv.stack import Connection

MysqlRow = tuple[str | None, ...]  # values as text

_OK, _NULL, _END, _ERROR = 0x00, 0xFB, 0xFE, 0xFF  # first byte of a packet
_SHORT = 9  # bytes: a longer packet that starts like the end is a row
_WITH_DATABASE, _PROTOCOL_41, _TLS = 0x8, 0x200, 0x800
_CAPABILITIES = 0x1 | _PROTOCOL_41 | 0x8000 | 0x80000  # long password, version 4.1, its logins, plugins for them
_UTF8 = 45
_LARGEST = (1 << 24) - 1  # bytes of a packet; longer data would be split
_PASSWORD_PLEASE = b"\x01\x04"  # of caching_sha2_password: the user is not in its cache yet


@dataclass(frozen=True, kw_only=True)
class _Greeting:
    capabilities: int
    salt: bytes
    plugin: bytes


def log_in(connection: Connection) -> None:
    """Return when the server accepts the login to the database; raise NotYet otherwise.

    A server that requests the plain password and has no TLS counts as ready: it listens, and knows how the user logs
    in.
    """
    with dialled(connection) as wire:
        if _logged_in(wire, connection):
            _send(wire, 0, b"\x01")  # quit


@contextmanager
def session(connection: Connection, seconds: float) -> Iterator["MysqlSession"]:
    """Open an SQL session of at most `seconds`; raises NotYet if that is not possible."""
    with dialled(connection, seconds, lambda: _ask(connection)) as wire:
        if not _logged_in(wire, connection):
            raise NotYet("it requests the password in plain text without TLS")
        yield MysqlSession(wire)
        _send(wire, 0, b"\x01")


def _ask(connection: Connection) -> None:
    with session(connection, SILENCE):
        pass


class MysqlSession:
    """A logged-in client."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def ask(self, sql: str) -> list[MysqlRow]:
        """Run one statement; returns its rows. Raises Refused with the server's message and error number."""
        _send(self._wire, 0, b"\x03" + sql.encode())
        _, body = _packet(self._wire, _LARGEST)
        if body[0] == _ERROR:
            raise _refused(body)
        if body[0] == _OK:
            return []
        for _ in range(body[0] + 1):  # one packet per column (the count fits in one byte), and the end marker
            _packet(self._wire)
        rows: list[MysqlRow] = []
        while True:
            _, body = _packet(self._wire, _LARGEST)
            if body[0] == _ERROR:
                raise _refused(body)
            if body[0] == _END and len(body) < _SHORT:
                return rows
            rows.append(tuple(_values(body)))


def _logged_in(wire: Wire, connection: Connection) -> bool:
    """Whether the login succeeded; False if it requires TLS, which the server does not offer."""
    number, body = _packet(wire)
    greeting = _greeting(body)
    encrypted = greeting.plugin == b"caching_sha2_password" and bool(greeting.capabilities & _TLS)
    if encrypted:
        number += 1
        _send(wire, number, _header(_TLS))
        wire.encrypt()
    _send(wire, number + 1, _login(connection, greeting, _TLS if encrypted else 0))
    return _converse(wire, connection.password.encode(), encrypted)


def _converse(wire: Wire, password: bytes, encrypted: bool) -> bool:
    while True:
        number, body = _packet(wire)
        match body[0]:
            case 0x00:
                return True
            case 0xFF:
                raise NotYet(_reason(body))
            case 0xFE:  # the server requests another login method
                plugin, _, salt = body[1:].partition(b"\0")
                _send(wire, number + 1, _token(plugin, password, salt[:20]))
            case 0x01 if body != _PASSWORD_PLEASE:
                continue
            case 0x01 if encrypted:
                _send(wire, number + 1, password + b"\0")
            case 0x01:
                return False
            case kind:
                raise ValueError(kind)


def _greeting(body: bytes) -> _Greeting:
    if body[0] == 0xFF:
        raise NotYet(_reason(body))
    if body[0] != 10:
        raise ValueError(body[0])
    _, _, rest = body[1:].partition(b"\0")  # skip the version
    first, low, high, size = struct.unpack_from("<4x8sxH3xHB", rest)
    second = rest[31 : 31 + max(13, size - 8)]
    plugin = rest[31 + len(second) :].partition(b"\0")[0]
    return _Greeting(capabilities=low | high << 16, salt=(first + second)[:20], plugin=plugin)


def _header(capabilities: int) -> bytes:
    return struct.pack("<IIB23x", _CAPABILITIES | capabilities, 1 << 24, _UTF8)


def _login(connection: Connection, greeting: _Greeting, capabilities: int) -> bytes:
    token = _token(greeting.plugin, connection.password.encode(), greeting.salt)
    database = connection.database.encode() + b"\0" if connection.database else b""
    return b"".join(
        (
            _header(capabilities | (_WITH_DATABASE if database else 0)),
            connection.user.encode() + b"\0",
            bytes([len(token)]) + token,
            database,
            greeting.plugin + b"\0",
        )
    )


def _token(plugin: bytes, password: bytes, salt: bytes) -> bytes:
    if not password:
        return b""
    match plugin:
        case b"mysql_native_password":
            once = _sha1(password)
            return _xor(once, _sha1(salt + _sha1(once)))
        case b"caching_sha2_password":
            once = _sha256(password)
            return _xor(once, _sha256(_sha256(once) + salt))
    raise NotYet(f"unknown login method ({plugin.decode(errors='replace')})")


def _sha1(text: bytes) -> bytes:
    return hashlib.sha1(text, usedforsecurity=False).digest()


def _sha256(text: bytes) -> bytes:
    return hashlib.sha256(text).digest()


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(one ^ other for one, other in zip(left, right, strict=True))


def _values(body: bytes) -> Iterator[str | None]:
    at = 0
    while at < len(body):
        size = body[at]
        at += 1
        if size == _NULL:
            yield None
            continue
        if more := {0xFC: 2, 0xFD: 3, 0xFE: 8}.get(size, 0):
            size = int.from_bytes(body[at : at + more], "little")
            at += more
        yield body[at : at + size].decode(errors="replace")
        at += size


def _packet(wire: Wire, largest: int = 1 << 16) -> tuple[int, bytes]:
    size, high, number = struct.unpack("<HBB", wire.exactly(4))
    size |= high << 16
    if not 0 < size < largest:
        raise ValueError(size)
    return number, wire.exactly(size)


def _send(wire: Wire, number: int, body: bytes) -> None:
    wire.send(struct.pack("<I", len(body) | number << 24) + body)


def _refused(body: bytes) -> Refused:
    return Refused(_reason(body), code=str(int.from_bytes(body[1:3], "little")))


def _reason(body: bytes) -> str:
    text = body[3:]
    return (text[6:] if text[:1] == b"#" else text).decode(errors="replace")  # without the SQL state
