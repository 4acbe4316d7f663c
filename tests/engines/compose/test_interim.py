"""A Docker that announces a response again and again, and never sends it, is one that does not answer."""

import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Thread

import pytest

from localenv.engines.compose import api, daemon, pulse
from localenv.errors import EngineError

INTERIM = b"HTTP/1.1 100 Continue\r\n\r\n"
PONG = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK"


@pytest.fixture
def answering(tmp_path: Path) -> Iterator[str]:
    """A Docker that answers pings, and everything else with interim responses."""
    address = str(tmp_path / "docker.sock")

    def serve(client: socket.socket) -> None:
        with client, suppress(OSError):
            asked = client.recv(1 << 16)
            while b"/_ping" not in asked:
                client.sendall(INTERIM)
            client.sendall(PONG)

    def accept(listening: socket.socket) -> None:
        with suppress(OSError):
            while True:
                Thread(target=serve, args=(listening.accept()[0],), daemon=True).start()

    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(address)
        listening.listen()
        Thread(target=accept, args=(listening,), daemon=True).start()
        yield address
        listening.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize(
    ("head", "is_one"), [(PONG, True), (b"HTTP/1.0 500 x\r\n", True), (INTERIM, False), (b"", False), (b"x", False)]
)
def test_an_interim_response_to_a_ping_is_no_answer(head: bytes, is_one: bool) -> None:
    assert pulse._is_answer(head) is is_one


def test_a_query_ends(answering: str) -> None:
    assert pulse.answers(answering)
    with pytest.raises(EngineError, match="does not answer"):
        daemon.Daemon(address=answering).about()


def test_a_connection_for_changes_ends(answering: str) -> None:
    with pytest.raises(EngineError, match="does not answer"):
        api.connect(answering)
