"""A login to MongoDB, against what its protocol says, and a server of ten lines."""

import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from socket import create_server
from typing import Any

import pytest

from localenv.needs import NotYet, mongo
from localenv.needs.mongo import bson, wire
from localenv.needs.mongo.scram import Scram
from localenv.stack import Connection

SERVER = b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
PROOF = b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="


def test_the_password_is_proved_as_in_the_example_of_the_standard() -> None:
    login = Scram(user="user", password="pencil", nonce="rOprNGfwEbeRWgbNEkqO")

    assert login.first == b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO"
    assert login.final(SERVER) == PROOF


@pytest.mark.parametrize("answer", [b"", b"r=other,s=AA==,i=1", SERVER.replace(b"4096", b"999999999")])
def test_an_answer_that_is_none_is_no_login(answer: bytes) -> None:
    with pytest.raises((ValueError, KeyError)):
        Scram(user="user", password="pencil", nonce="rOprNGfwEbeRWgbNEkqO").final(answer)


def test_a_document_is_written_as_the_format_says_and_read_back() -> None:
    assert bson.encoded({"hello": "world"}) == b"\x16\0\0\0\x02hello\0\x06\0\0\0world\0\0"
    value = {"a": 1, "b": True, "c": [{"d": "ü"}, b"\0"], "e": {}}
    assert bson.decoded(bson.encoded(value)) == value


def test_a_login_that_is_refused_is_not_ready_and_says_why() -> None:
    refusal = {"ok": 0, "errmsg": "Authentication failed."}
    with _server(refusal) as port, pytest.raises(NotYet, match=r"^authentication failed$"):
        mongo.ready(_to(port))


def test_the_first_user_may_do_everything() -> None:
    asked: list[dict[str, Any]] = []
    with _server({"ok": 1}, asked) as port:
        wire.create_user(_to(port))
    assert asked == [{"createUser": "ada", "pwd": "s3cret", "roles": ["root"], "$db": "admin"}]


def _to(port: int) -> Connection:
    return Connection(scheme="mongodb", host="127.0.0.1", port=str(port), user="ada", password="s3cret")


@contextmanager
def _server(answer: dict[str, Any], asked: list[dict[str, Any]] | None = None) -> Iterator[int]:
    """Gives one answer to the first command."""

    def serve() -> None:
        client, _ = listener.accept()
        with client, client.makefile("rb") as reader:
            (size,) = struct.unpack("<i", reader.read(4))
            if asked is not None:
                asked.append(bson.decoded(reader.read(size - 4)[17:]))
            body = struct.pack("<IB", 0, 0) + bson.encoded(answer)
            client.sendall(struct.pack("<iiii", len(body) + 16, 1, 1, 2013) + body)

    with create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            thread.join(10)
