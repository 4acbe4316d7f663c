"""Log in to a MySQL that requests the plain password, which is sent only over TLS."""

import datetime
import socket
import ssl
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from localenv.needs import NotYet, mariadb
from localenv.stack import Connection

TLS = 0x800
SALT = b"12345678abcdefghijkl"


def packet(number: int, body: bytes) -> bytes:
    return struct.pack("<HBB", len(body), 0, number) + body


def received(caller: socket.socket) -> bytes:
    size, _, _ = struct.unpack("<HBB", caller.recv(4))
    return caller.recv(size)


def greeting(capabilities: int) -> bytes:
    low, high = (capabilities | 0x8200) & 0xFFFF, 0x8
    head = b"\x0a8.4.0\0" + struct.pack("<I8sxHBHHB10x", 7, SALT[:8], low, 45, 2, high, 21)
    return packet(0, head + SALT[8:] + b"\0caching_sha2_password\0")


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mysql")])
    now = datetime.datetime.now(datetime.UTC)
    made = x509.CertificateBuilder(
        name, name, key.public_key(), x509.random_serial_number(), now, now.replace(year=9000)
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file = tmp_path / "server.pem"
    file.write_bytes(private + made.sign(key, hashes.SHA256()).public_bytes(pem))
    return file


@contextmanager
def mysql(certificate: Path) -> Iterator[Connection]:
    """A server that does not know its user yet, up to the end of the login."""

    def answer() -> None:
        plain, _ = server.accept()
        plain.sendall(greeting(TLS))
        assert len(received(plain)) == 32  # the request to switch to TLS
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        with context.wrap_socket(plain, server_side=True) as caller:
            assert b"orders\0" in received(caller)
            caller.sendall(packet(3, b"\x01\x04"))
            right = received(caller) == b"s3cret\0"
            refusal = b"\xff\x15\x04#28000Access denied"
            caller.sendall(packet(5, b"\0\0\0\2\0\0\0" if right else refusal))
            caller.recv(100)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = Thread(target=answer)
        thread.start()
        port = str(server.getsockname()[1])
        yield Connection(scheme="mysql", host="127.0.0.1", port=port, user="orders", password="s3cret", database="shop")
        thread.join(5)


def test_the_password_is_said_in_tls(certificate: Path) -> None:
    with mysql(certificate) as connection:
        mariadb.ready(connection)


def test_a_wrong_one_is_refused(certificate: Path) -> None:
    with mysql(certificate) as connection, pytest.raises(NotYet, match="Access denied"):
        mariadb.ready(replace(connection, password="wrong"))
