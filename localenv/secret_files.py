"""Secrets and configs: the sources of their content, and keys generated once per environment."""

import json
from collections.abc import Mapping
from contextlib import suppress

from localenv import redaction, state
from localenv.errors import DescriptionError
from localenv.errors.problems import Problem
from localenv.host import files
from localenv.paths import private
from localenv.resolution import Resolution, content_variable
from localenv.stack import File, FileKind, Reader, Stack

GeneratedSecrets = Mapping[str, str]  # texts by kind and name


def kept(identity: str, stack: Stack) -> GeneratedSecrets:
    """The generated secrets of a stack, stored in the environment's state."""
    if not any(file.generate for file in stack.files.values()):
        return {}
    before = files.read_json(private.generated(identity))
    made = _generated(stack, before)
    if made != before:
        files.write(private.generated(identity), json.dumps(made))
    return made


def made_once(stack: Stack) -> GeneratedSecrets:
    """Newly generated secrets, not stored."""
    return _generated(stack, {})


def values(stack: Stack, made: GeneratedSecrets) -> dict[str, str]:
    """The variables for `${NAME.value}` of generated secrets."""
    generated = {file.name: file.generate for file in stack.files.values() if file.generate is not None}
    return {content_variable(name): made[_kept_as(kind, name)] for name, kind in generated.items()}


def contents(resolution: Resolution, environ: Mapping[str, str], made: GeneratedSecrets) -> dict[str, bytes]:
    """The content of every secret and config, by name; a public half is `NAME.pub`.

    Raises DescriptionError for a variable that is not set. From then on, secret contents are masked in the output.
    """
    found: dict[str, bytes] = {}
    for file in resolution.stack.files.values():
        one = _content(file, resolution, environ, made)
        if file.kind is FileKind.SECRET or file.generate or file.variable:
            redaction.learn(text.decode(errors="replace") for name, text in one.items() if not name.endswith(".pub"))
        found |= one
    return found


def _generated(stack: Stack, kept: Mapping[str, str]) -> dict[str, str]:
    made = dict(kept)
    for file in stack.files.values():
        if file.generate is not None and _kept_as(file.generate, file.name) not in made:
            pieces = _generate(file.name, file.generate)
            made |= {_kept_as(file.generate, name): text for name, text in pieces.items()}
    return made


def _content(
    file: File, resolution: Resolution, environ: Mapping[str, str], made: Mapping[str, str]
) -> dict[str, bytes]:
    if file.file is not None:
        with suppress(FileNotFoundError):  # removed since; the environment can be inspected anyway
            return {file.name: file.file.read_bytes()}
        return {}
    if file.content is not None:
        return {file.name: resolution.text(file.content, Reader.INSIDE).encode(errors="surrogateescape")}
    if file.variable is not None:
        if file.variable not in environ:
            problem = f"{file.kind} '{file.name}' needs the variable {file.variable}, which is not set"
            raise DescriptionError([Problem(problem, file.at, f"export {file.variable}=…, or put it in .env")])
        return {file.name: environ[file.variable].encode(errors="surrogateescape")}
    assert file.generate is not None
    return {name: made[_kept_as(file.generate, name)].encode() for name in file.halves}


def _kept_as(kind: str, name: str) -> str:
    """The key of a stored secret; a different kind has a different key."""
    return f"{kind} {name}"


def _generate(name: str, kind: str) -> dict[str, str]:
    if kind == "password":
        return {name: state.random_password()}
    return _pair(name, kind)


def _pair(name: str, kind: str) -> dict[str, str]:
    """A new key pair in PEM: the private key (PKCS 8) as `NAME`, the public one as `NAME.pub`."""
    from cryptography.hazmat.primitives.asymmetric import ec, rsa  # slow to import
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
    if kind == "rsa-2048":
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    else:
        key = ec.generate_private_key(ec.SECP256R1())
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return {name: private.decode(), f"{name}.pub": public.decode()}
