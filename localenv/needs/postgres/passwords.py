"""Passwords as PostgreSQL stores them, and replacing one in the files of a stopped server."""

import base64
import hashlib
import hmac
import re
from secrets import token_bytes

# RFC 5803; with a salt of 16 bytes every one has the same length
_VERIFIER = re.compile(rb"SCRAM-SHA-256\$4096:([A-Za-z0-9+/]{22}==)\$([A-Za-z0-9+/]{43}=):[A-Za-z0-9+/]{43}=")
_ROUNDS = 4096


def verifier(password: str, salt: bytes) -> bytes:
    """The stored form of an ASCII password."""
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, _ROUNDS)
    stored = hashlib.sha256(_signed(salted, b"Client Key")).digest()
    server = _signed(salted, b"Server Key")
    texts = (base64.b64encode(part).decode() for part in (salt, stored, server))
    return "SCRAM-SHA-256${}:{}${}:{}".format(_ROUNDS, *texts).encode()


def is_set(roles: bytes, password: str) -> bool:
    """Whether one of the roles (the file of pg_authid) has this password."""
    return any(verifier(password, base64.b64decode(found[1])) == found[0] for found in _VERIFIER.finditer(roles))


def replaced(roles: bytes, password: str) -> bytes:
    """The roles with another password for the only one that has one; empty if that is not possible."""
    after, count = _VERIFIER.subn(verifier(password, token_bytes(16)), roles)
    return after if count and len(after) == len(roles) and password.isascii() else b""


def _signed(key: bytes, text: bytes) -> bytes:
    return hmac.new(key, text, "sha256").digest()
