import http.client
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Thread

import pytest

from localenv.host import limits


def serve(answer: Callable[[socket.socket], None]) -> int:
    opened = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        caller, _ = opened.accept()
        with caller, opened:
            caller.recv(4096)
            try:
                answer(caller)
            except OSError:
                return

    Thread(target=run, daemon=True).start()
    return int(opened.getsockname()[1])


def slowly(caller: socket.socket) -> None:
    for _ in range(1000):
        caller.sendall(b"H")
        time.sleep(0.1)


def with_endless_headers(caller: socket.socket) -> None:
    caller.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    slowly(caller)


def informing(caller: socket.socket) -> None:
    while True:
        caller.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        time.sleep(0.01)


def endless(caller: socket.socket) -> None:
    caller.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        caller.sendall(b"x" * 65536)


def streaming(caller: socket.socket) -> None:
    caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
    while True:
        caller.sendall(b"data: 1\n\n")
        time.sleep(0.05)


@pytest.mark.parametrize("answer", [slowly, with_endless_headers, informing])
def test_an_answer_that_never_begins_ends(answer: Callable[[socket.socket], None]) -> None:
    asked = limits.LimitedConnection("127.0.0.1", serve(answer), timeout=60)
    asked.limit = 0.5
    began = time.monotonic()
    asked.request("GET", "/")
    with pytest.raises((OSError, http.client.HTTPException)):
        asked.getresponse()
    assert asked.has_hung_up
    assert time.monotonic() - began < 30
    asked.close()


@pytest.mark.parametrize("answer", [endless, streaming])
def test_a_body_that_never_ends_is_read_as_far_as_it_goes(answer: Callable[[socket.socket], None]) -> None:
    asked = limits.LimitedConnection("127.0.0.1", serve(answer), timeout=60)
    asked.limit = 1.0
    asked.request("GET", "/")
    found = asked.getresponse()
    body = limits.body(found)
    assert found.status == 200
    assert 0 < len(body) <= limits.LARGEST
    found.close()
    asked.end()
    asked.close()


@pytest.mark.parametrize("answer", [slowly, informing, endless, streaming])
def test_a_document_is_read_within_a_time_and_a_size_for_all_of_it(answer: Callable[[socket.socket], None]) -> None:
    began = time.monotonic()
    with suppress(OSError, http.client.HTTPException):
        assert len(limits.fetched("127.0.0.1", serve(answer), "/", seconds=0.5, most=1000)) <= 1000
    assert time.monotonic() - began < 30
