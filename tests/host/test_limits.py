import gzip
import http.client
import socket
import time
import zlib
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


def with_endless_trailers(caller: socket.socket) -> None:
    caller.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n")
    slowly(caller)


def cut_off(caller: socket.socket) -> None:
    caller.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nok")


@pytest.mark.parametrize("answer", [with_endless_trailers, cut_off])
def test_a_document_that_does_not_end_is_not_whole(answer: Callable[[socket.socket], None]) -> None:
    with pytest.raises(http.client.IncompleteRead):
        limits.fetched("127.0.0.1", serve(answer), "/", seconds=0.3, most=100)


def hinting(caller: socket.socket) -> None:
    caller.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n")
    caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")


def test_interim_responses_before_the_final_one_are_skipped() -> None:
    assert limits.fetched("127.0.0.1", serve(hinting), "/", seconds=60, most=100) == b"ok"


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "deflate", "", "identity"])
def test_a_body_is_plain_whatever_its_compression(encoding: str) -> None:
    sent = {"gzip": gzip.compress(b"ok"), "deflate": zlib.compress(b"ok")}.get(encoding.lower(), b"ok")
    assert limits.plain(sent, encoding) == b"ok"


def test_a_compressed_body_is_bounded_once_it_is_plain() -> None:
    assert len(limits.plain(gzip.compress(b"0" * (8 << 20), 1), "gzip")) == limits.LARGEST


@pytest.mark.parametrize(("content", "encoding"), [(b"ok", "gzip"), (b"ok", "br"), (b"ok", "gzip, gzip")])
def test_a_compression_that_cannot_be_read_is_named(content: bytes, encoding: str) -> None:
    with pytest.raises(ValueError, match=encoding):
        limits.plain(content, encoding)
