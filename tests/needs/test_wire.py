"""An image of somebody else may answer anything: a check for an answer takes a second and a mebibyte of it."""

import socket
import struct
from collections.abc import Callable, Iterator
from threading import Event, Thread

import pytest

from localenv.needs import NotYet, Silent, wire
from localenv.needs.kinds import KINDS
from localenv.needs.redis.wire import session
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


@pytest.mark.parametrize("linger", [(0, 0), (1, 0)], ids=["closed", "reset"])
def test_a_connection_that_is_closed_or_reset_is_the_same_answer(linger: tuple[int, int]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as opened:

        def drop() -> None:
            caller, _ = opened.accept()
            caller.recv(1)
            caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", *linger))
            caller.close()

        Thread(target=drop, daemon=True).start()
        port = str(opened.getsockname()[1])
        connection = Connection(scheme="redis", host="127.0.0.1", port=port, user="", password="", database="")
        with pytest.raises(NotYet, match="it closed the connection"):
            KINDS["redis"].ready(connection)


@pytest.fixture
def redis(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Connection]]:
    """A server that gives these answers to each of its connections, and then none, or one more to the first."""
    monkeypatch.setattr(wire, "SILENCE", 0.05)
    monkeypatch.setattr("localenv.needs.redis.wire.SILENCE", 0.05)

    over = Event()

    def serve(*conversations: list[bytes], late: bool = False) -> Connection:
        opened = socket.create_server(("127.0.0.1", 0))

        def run() -> None:
            callers = []
            for answers in conversations:
                callers.append(opened.accept()[0])
                for answer in answers:
                    callers[-1].recv(65536)
                    callers[-1].sendall(answer)
            if late:
                callers[0].sendall(b"+LATE\r\n")
            over.wait(10)
            for one in (*callers, opened):
                one.close()

        Thread(target=run, daemon=True).start()
        port = str(opened.getsockname()[1])
        return Connection(scheme="redis", host="127.0.0.1", port=port, user="", password="", database="")

    yield serve
    over.set()


def test_a_server_that_never_answers_ends_a_long_session_early(redis: Callable[..., Connection]) -> None:
    with pytest.raises(Silent, match=r"no answer within 0\.05 s"), session(redis([]), 600.0) as asked:
        asked.ask("INFO")


def test_a_server_that_stops_to_answer_ends_a_long_session_early(redis: Callable[..., Connection]) -> None:
    with session(redis([b"+OK\r\n"], []), 600.0) as asked:
        asked.ask("SELECT", "1")
        with pytest.raises(Silent, match=r"no answer within 0\.05 s"):
            asked.ask("EXEC")


def test_a_long_command_of_a_server_that_answers_others_goes_on(redis: Callable[..., Connection]) -> None:
    with session(redis([b"+OK\r\n"], [b"+PONG\r\n"], late=True), 600.0) as asked:
        asked.ask("SELECT", "1")
        assert asked.ask("EXEC") == b"LATE"
