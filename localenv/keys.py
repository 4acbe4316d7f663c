"""Key pairs for secrets that are generated."""

from collections.abc import Callable, Mapping

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

_KINDS: Mapping[str, Callable[[], Key]] = {
    "rsa-2048": lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048),
    "ec-p256": lambda: ec.generate_private_key(ec.SECP256R1()),
}


def pair(name: str, kind: str) -> dict[str, str]:
    """A new pair in PEM: the private key (PKCS 8) as `NAME`, the public one as `NAME.pub`."""
    key = _KINDS[kind]()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return {name: private.decode(), f"{name}.pub": public.decode()}
