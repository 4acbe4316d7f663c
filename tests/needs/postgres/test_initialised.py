"""The password in the data of PostgreSQL is another in each copy."""

import base64
import hashlib
import hmac

from localenv.needs.postgres import initialised


def verifier(password: str, salt: bytes = bytes(16)) -> bytes:
    """As RFC 5803 has it."""
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, 4096)

    def signed(key: bytes, text: bytes) -> bytes:
        return hmac.new(key, text, "sha256").digest()

    keys = (hashlib.sha256(signed(salted, b"Client Key")).digest(), signed(salted, b"Server Key"))
    parts = [base64.b64encode(one).decode() for one in (salt, *keys)]
    return f"SCRAM-SHA-256$4096:{parts[0]}${parts[1]}:{parts[2]}".encode()


ROLES = b"\x00page" + verifier("of the first") + b"\x01\x02"


def test_it_is_replaced_where_it_stands() -> None:
    assert initialised.has_password(ROLES, "of the first")
    changed = initialised.with_password(ROLES, "of this environment")
    assert changed is not None
    assert len(changed) == len(ROLES)
    assert changed.startswith(b"\x00page")
    assert changed.endswith(b"\x01\x02")
    assert initialised.has_password(changed, "of this environment")
    assert not initialised.has_password(changed, "of the first")


def test_data_without_one_or_a_password_that_is_prepared_otherwise_is_left_alone() -> None:
    assert initialised.with_password(b"md5abc", "of this environment") is None
    assert initialised.with_password(ROLES, "pässword") is None
