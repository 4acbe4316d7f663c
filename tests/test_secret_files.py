"""Secrets and configs: the source of their content, and generated ones."""

import json
import re
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from localenv import paths, secret_files
from localenv.errors import DescriptionError
from localenv.errors.problems import Position
from localenv.resolution import Resolution, values
from localenv.stack import File, FileKind, Need, Port, Reader, Role, Service, Stack
from localenv.stack.references import parse

NAME = "orders-local-123456"


class Inside:
    bind = "0.0.0.0"

    shares_ports = False

    def address(self, reader: Reader, name: str) -> tuple[str, str]:
        return name, "5432"

    def path(self, reader: Reader, file: str) -> str:
        return file


def secret(name: str, **source: object) -> File:
    return File(name=name, kind=FileKind.SECRET, at=Position(Path("a.yaml"), 3, 3), **source)  # type: ignore[arg-type]


def contents(*files: File, environ: dict[str, str] | None = None) -> dict[str, bytes]:
    stack = Stack(
        name="orders",
        env="local",
        folder=Path("/r"),
        services={"db": Service(name="db", role=Role.NEED, port=Port(name="db", target=5432))},
        needs={"db": Need(name="db", kind="postgres", version="17", user="u", databases=("d",))},
        files={file.name: file for file in files},
    )
    texts = values(stack, passwords={"db": "pa ss"}, environ=environ or {})
    resolution = Resolution(stack=stack, place=Inside(), value=texts.__getitem__)
    return secret_files.contents(resolution, environ or {}, secret_files.kept(NAME, resolution.stack))


def test_content_resolves_for_those_inside():
    file = secret("app", content=parse("url = ${db.url}\n$HOME $$ é ${env.X}"))

    assert contents(file, environ={"X": "caf\udce9"}) == {
        "app": "url = postgresql://u:pa%20ss@db:5432/d\n$HOME $ é caf".encode() + b"\xe9"
    }


def test_a_file_is_taken_byte_by_byte(tmp_path):
    (tmp_path / "key").write_bytes(b"\0\xff\r\n")

    assert contents(secret("key", file=tmp_path / "key")) == {"key": b"\0\xff\r\n"}


def test_a_variable_is_taken_as_it_is():
    assert contents(secret("token", variable="T"), environ={"T": "a\nb caf\udce9"}) == {"token": b"a\nb caf\xe9"}
    assert contents(secret("token", variable="T"), environ={"T": ""}) == {"token": b""}


def test_a_variable_that_is_not_set_is_told_with_its_place():
    with pytest.raises(DescriptionError, match=r"a\.yaml:3:3: secret 'token' needs the variable T, which is not set"):
        contents(secret("token", variable="T"))


@pytest.mark.parametrize(("kind", "bits"), [("rsa-2048", 2048), ("ec-p256", 256)])
def test_a_pair_of_keys_fits_and_stays_the_same(kind, bits):
    made = contents(secret("jwt", generate=kind))
    private = load_pem_private_key(made["jwt"], password=None)
    public = load_pem_public_key(made["jwt.pub"])

    assert private.key_size == bits  # type: ignore[union-attr]
    assert private.public_key() == public
    assert contents(secret("jwt", generate=kind)) == made


def test_a_password_is_letters_and_digits_and_stays_the_same():
    made = contents(secret("pw", generate="password"), secret("other", generate="password"))

    assert re.fullmatch(b"[A-Za-z0-9]{32}", made["pw"])
    assert made["pw"] != made["other"]
    assert contents(secret("pw", generate="password")) == {"pw": made["pw"]}


def test_another_kind_is_another_secret():
    password = contents(secret("jwt", generate="password"))["jwt"]

    made = contents(secret("jwt", generate="ec-p256"))

    assert set(made) == {"jwt", "jwt.pub"}
    assert made["jwt"] != password
    assert contents(secret("jwt", generate="password"))["jwt"] == password


def test_what_is_generated_is_kept_where_only_its_user_reads_it():
    made = contents(secret("pw", generate="password"))

    file = paths.state(NAME) / "generated.json"
    assert made["pw"].decode() in json.loads(file.read_text()).values()
    assert file.stat().st_mode & 0o777 == 0o600
