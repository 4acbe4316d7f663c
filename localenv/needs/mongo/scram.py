"""The client's side of a login by SCRAM-SHA-256: RFC 5802 and RFC 7677."""

import hmac
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from hashlib import pbkdf2_hmac, sha256
from secrets import token_urlsafe

_MOST_ROUNDS = 200_000  # a server that asks for more would keep its client busy


@dataclass(frozen=True, kw_only=True)
class Scram:
    """One login; `nonce` is random."""

    user: str
    password: str = field(repr=False)
    nonce: str = field(default_factory=lambda: token_urlsafe(18), repr=False)

    @property
    def first(self) -> bytes:
        """The first message."""
        return f"n,,{self._bare}".encode()

    def final(self, answer: bytes) -> bytes:
        """The message that proves the password; `answer` is that to the first one. Raises ValueError."""
        fields = dict(part.split("=", 1) for part in answer.decode().split(","))
        rounds = int(fields["i"])
        if not fields["r"].startswith(self.nonce) or not 1 <= rounds <= _MOST_ROUNDS:
            raise ValueError(answer)
        salted = pbkdf2_hmac("sha256", self.password.encode(), b64decode(fields["s"]), rounds)
        key = hmac.digest(salted, b"Client Key", "sha256")
        without_proof = f"c={b64encode(b'n,,').decode()},r={fields['r']}"
        message = f"{self._bare},{answer.decode()},{without_proof}"
        signature = hmac.digest(sha256(key).digest(), message.encode(), "sha256")
        proof = bytes(one ^ other for one, other in zip(key, signature, strict=True))
        return f"{without_proof},p={b64encode(proof).decode()}".encode()

    @property
    def _bare(self) -> str:
        return f"n={self.user.replace('=', '=3D').replace(',', '=2C')},r={self.nonce}"
