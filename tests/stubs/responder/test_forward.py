"""A request reaches the real server as its client has sent it, and the answer comes back."""

import http.client
import json
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import urlsplit

import pytest

from localenv.stubs.responder import forward
from localenv.stubs.responder.bodies import received

Seen = tuple[str, str, list[tuple[str, str]], bytes]
Ask = Callable[..., tuple[int, bytes]]


@pytest.fixture
def seen() -> list[Seen]:
    return []


@pytest.fixture
def ask(seen: list[Seen], monkeypatch: pytest.MonkeyPatch) -> Iterator[Ask]:
    """Ask the program that forwards to a server, which writes down what it has seen."""

    class Answering(BaseHTTPRequestHandler):
        def answer(self) -> None:
            seen.append((self.command, self.path, self.headers.items(), received(self.headers, self.rfile)))
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(b"ok")

        do_GET = do_POST = do_HEAD = do_PROPFIND = answer  # noqa: N815 - names of the base

        def do_DELETE(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "9")
            self.end_headers()
            self.wfile.write(b"half")
            self.close_connection = True

        def log_message(self, *_: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answering) as server:
        monkeypatch.setenv(forward.URL, f"http://127.0.0.1:{server.server_address[1]}/v2")
        monkeypatch.setenv(forward.HEADERS, json.dumps({"Authorization": "Bearer real"}))
        with forward.described(0) as program:
            for one in (server, program):
                threading.Thread(target=one.serve_forever, daemon=True).start()

            def asked(method: str, *headers: tuple[str, str], body: Any = None) -> tuple[int, bytes]:
                with closing(http.client.HTTPConnection("127.0.0.1", program.server_address[1])) as connection:
                    connection.putrequest(method, "/a%2Fb?x=1", skip_accept_encoding=True)
                    for name, text in headers:
                        connection.putheader(name, text)
                    connection.endheaders(body, encode_chunked=True)
                    answer = connection.getresponse()
                    return answer.status, answer.read()

            yield asked
            program.shutdown()
            server.shutdown()


def test_its_headers_are_those_of_the_client_and_the_credentials(ask: Ask, seen: list[Seen]) -> None:
    ours = (("X-Localenv-Upstream", "users"), ("X-Localenv-Agent", "shop/1.2"), ("User-Agent", "of the stub server"))
    answer = ask("GET", ("X-Tag", "a"), ("X-Tag", "b"), ("Authorization", "Bearer stub"), *ours)

    [(method, path, headers, _)] = seen
    assert (answer, method, path) == ((200, b"ok"), "GET", "/v2/a%2Fb?x=1")
    sent = [("X-Tag", "a"), ("X-Tag", "b"), ("User-Agent", "shop/1.2"), ("Authorization", "Bearer real")]
    assert [one for one in headers if one[0] != "Host"] == sent


def test_a_body_in_chunks_is_passed_on_whole(ask: Ask, seen: list[Seen]) -> None:
    assert ask("POST", ("Transfer-Encoding", "chunked"), body=iter([b"one ", b"two"])) == (200, b"ok")
    assert seen[0][3] == b"one two"


def test_an_answer_that_ends_too_early_is_none(ask: Ask) -> None:
    status, text = ask("DELETE")
    assert (status, text.endswith(b"did not answer: its answer ended 5 bytes too early")) == (502, True)


def test_any_method_is_passed_on(ask: Ask, seen: list[Seen]) -> None:
    assert [ask(method)[0] for method in ("PROPFIND", "HEAD")] == [200, 200]
    assert [one[0] for one in seen] == ["PROPFIND", "HEAD"]


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        ("https://API.example/v2/target?x=1#top", "/target?x=1#top"),
        ("https://api.example/v2", "/"),
        ("/v2/target", "/target"),
        ("target", "target"),
        ("?page=2", "?page=2"),
        ("https://api.example/v3/target", "https://api.example/v3/target"),
        ("https://api.example/v22", "https://api.example/v22"),
        ("http://api.example/v2/target", "http://api.example/v2/target"),
        ("https://login.example/v2/", "https://login.example/v2/"),
        ("/other", "/other"),
        ("https://api.example/v2//evil.example", "https://api.example/v2//evil.example"),
    ],
)
def test_a_redirect_within_the_real_server_stays_at_the_address(location: str, shown: str) -> None:
    assert forward.here(location, urlsplit("https://api.example/v2/")) == shown


def endless_headers(caller: socket.socket, over: threading.Event) -> None:
    caller.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    _repeatedly(caller, over, b"a")


def endless_interim_responses(caller: socket.socket, over: threading.Event) -> None:
    _repeatedly(caller, over, b"HTTP/1.1 103 Early Hints\r\n\r\n")


def endless_events(caller: socket.socket, over: threading.Event) -> None:
    caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
    _repeatedly(caller, over, b"data: 1\n\n")


def endless_chunks(caller: socket.socket, over: threading.Event) -> None:
    caller.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    _repeatedly(caller, over, b"1\r\nx\r\n")


def _repeatedly(caller: socket.socket, over: threading.Event, part: bytes) -> None:
    while not over.wait(0.02):
        caller.sendall(part)


def too_short(caller: socket.socket, over: threading.Event) -> None:
    caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok")


def too_few_chunks(caller: socket.socket, over: threading.Event) -> None:
    caller.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nok")


@pytest.mark.parametrize(
    ("answering", "why"),
    [
        (endless_headers, "no complete headers within 0.3 s"),
        pytest.param(endless_interim_responses, "no complete headers within 0.3 s", marks=pytest.mark.full),
        (endless_events, "its answer does not end within 0.3 s"),
        pytest.param(endless_chunks, "its answer does not end within 0.3 s", marks=pytest.mark.full),
        (too_short, "its answer ended 7 bytes too early"),
        (too_few_chunks, "its answer is cut off"),
    ],
)
def test_an_answer_that_does_not_end_or_is_cut_off_is_a_failure_with_the_reason(
    monkeypatch: pytest.MonkeyPatch, answering: Callable[[socket.socket, threading.Event], None], why: str
) -> None:
    monkeypatch.setattr(forward, "_LONGEST", 0.3 if "within" in why else 60.0)
    over = threading.Event()

    class Raw(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(4096)
            with suppress(OSError):
                answering(self.request, over)

    with (
        socketserver.TCPServer(("127.0.0.1", 0), Raw) as server,
        forward.ForwardingServer(0, f"http://127.0.0.1:{server.server_address[1]}") as program,
    ):
        for one in (server, program):
            threading.Thread(target=one.serve_forever, daemon=True).start()
        with closing(http.client.HTTPConnection("127.0.0.1", program.server_address[1])) as connection:
            connection.request("GET", "/")
            answer = connection.getresponse()
            assert (answer.status, answer.read().decode().rpartition("did not answer: ")[2]) == (502, why)
        over.set()
        program.shutdown()
        server.shutdown()
