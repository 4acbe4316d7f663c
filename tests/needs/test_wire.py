"""An image of somebody else may answer anything: a check for an answer takes a second and a mebibyte of it."""

import socket
from collections.abc import Callable
from threading import Thread

import pytest

from localenv.needs import NotYet
from localenv.needs.kinds import KINDS
from localenv.stack import Connection

ENDLESS = (b"x" * 65536, b"*1\r\n" * 16384, b"$9999999999\r\n" + b"x" * 65536, b"*99999999\r\n" + b":1\r\n" * 16384)


@pytest.fixture
def answering() -> Callable[[bytes], int]:
    def serve(block: bytes) -> int:
        opened = socket.create_server(("127.0.0.1", 0))

        def run() -> None:
            caller, _ = opened.accept()
            with opened, caller:
                try:
                    while True:
                        caller.sendall(block)
                except OSError:
                    return

        Thread(target=run, daemon=True).start()
        return int(opened.getsockname()[1])

    return serve


@pytest.mark.parametrize("block", ENDLESS, ids=["text", "nested", "long", "many"])
@pytest.mark.parametrize("kind", ["redis", "postgres", "mariadb", "nats", "rabbitmq", "s3", "smtp", "oidc"])
def test_an_endless_answer_is_none(answering: Callable[[bytes], int], kind: str, block: bytes) -> None:
    port = answering(block)
    connection = Connection(scheme=kind, host="127.0.0.1", port=str(port), user="me", password="secret", database="d")
    with pytest.raises(NotYet):
        KINDS[kind].ready(connection)
