"""Set or check a password in the files of a stopped database cluster."""

import base64
import hashlib
import hmac
import re
from pathlib import Path
from secrets import token_bytes

# RFC 5803 as PostgreSQL stores it; with a salt of 16 bytes every one has the same length
_VERIFIER = re.compile(rb"SCRAM-SHA-256\$4096:([A-Za-z0-9+/]{22}==)\$([A-Za-z0-9+/]{43}=):[A-Za-z0-9+/]{43}=")
_ROUNDS = 4096
_ROLES = Path("global", "1260")  # the table pg_authid, which stays where initdb creates it


def verifier(password: str, salt: bytes) -> bytes:
    """The stored form of an ASCII password."""
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, _ROUNDS)
    stored = hashlib.sha256(_signed(salted, b"Client Key")).digest()
    server = _signed(salted, b"Server Key")
    texts = (base64.b64encode(part).decode() for part in (salt, stored, server))
    return "SCRAM-SHA-256${}:{}${}:{}".format(_ROUNDS, *texts).encode()


def is_set(cluster: Path, password: str) -> bool:
    """Whether a role of a cluster has this password."""
    return any(
        verifier(password, base64.b64decode(found[1])) == found[0] for found in _VERIFIER.finditer(_roles(cluster))
    )


def replace(cluster: Path, password: str) -> bool:
    """Replace the password of the only role with one; returns False, with nothing changed, if that is not possible."""
    before = _roles(cluster)
    after, count = _VERIFIER.subn(verifier(password, token_bytes(16)), before)
    if not count or len(after) != len(before) or not password.isascii():
        return False
    (cluster / _ROLES).write_bytes(after)
    return True


def _roles(cluster: Path) -> bytes:
    try:
        return (cluster / _ROLES).read_bytes()
    except OSError:
        return b""


def _signed(key: bytes, text: bytes) -> bytes:
    return hmac.new(key, text, "sha256").digest()
