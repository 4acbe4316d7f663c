"""The data of a new server, of which each environment takes a copy: only the password in it differs.

https://www.postgresql.org/docs/current/catalog-pg-authid.html
"""

import base64
import hashlib
import hmac
import re
from secrets import token_bytes

FOLDER = "/var/lib/localenv/pgdata"  # in the image's container: outside of its declared volume
FILE = "global/1260"  # the table pg_authid, which stays where initdb creates it

# RFC 5803 as PostgreSQL stores it; with a salt of 16 bytes every one has the same length
_VERIFIER = re.compile(rb"SCRAM-SHA-256\$4096:([A-Za-z0-9+/]{22}==)\$([A-Za-z0-9+/]{43}=):[A-Za-z0-9+/]{43}=")
_ROUNDS = 4096


def with_password(roles: bytes, password: str) -> bytes | None:
    """The content of `FILE` with this password of the only role with one; None if that is not possible."""
    after, count = _VERIFIER.subn(_verifier(password, token_bytes(16)), roles)
    return after if count and len(after) == len(roles) and password.isascii() else None


def has_password(roles: bytes, password: str) -> bool:
    """Whether a role has this password."""
    return any(_verifier(password, base64.b64decode(found[1])) == found[0] for found in _VERIFIER.finditer(roles))


def _verifier(password: str, salt: bytes) -> bytes:
    """The stored form of an ASCII password."""
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, _ROUNDS)
    stored = hashlib.sha256(_signed(salted, b"Client Key")).digest()
    server = _signed(salted, b"Server Key")
    texts = (base64.b64encode(part).decode() for part in (salt, stored, server))
    return "SCRAM-SHA-256${}:{}${}:{}".format(_ROUNDS, *texts).encode()


def _signed(key: bytes, text: bytes) -> bytes:
    return hmac.new(key, text, "sha256").digest()
