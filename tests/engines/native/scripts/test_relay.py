"""The relays, of both engines, forward everything unchanged, complete or broken."""

import errno
import fcntl
import socket
import struct
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import IO, Any

import pytest

from localenv.engines.native.scripts import relay
from localenv.engines.native.wiremock import relaying
from localenv.errors import NotReadyError
from localenv.stack import Role, Service, Upstream
from tests.stubs.test_relay import in_perl

Answer = Callable[[socket.socket], None]


def free() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    """The file whose lock makes clients wait."""
    file = tmp_path / "gate"
    file.touch()
    return file


@pytest.fixture
def closed(gate: Path) -> Iterator[IO[str]]:
    """The gate with its lock held; closing it lets clients in."""
    with gate.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield held


@pytest.fixture(params=["native", "compose"])
def relayed(gate: Path, request: pytest.FixtureRequest) -> Iterator[Callable[..., socket.socket]]:
    """Connect through a relay to a server with a given behaviour."""
    port = free()
    server = socket.create_server(("127.0.0.1", 0), backlog=64)
    to = server.getsockname()[1]
    if request.param == "native":
        argv = relaying.argv(gate, [("127.0.0.1", port, "127.0.0.1", to, "X-Mark: pay")])
    else:
        argv = (*in_perl("open", to, f"{port}>pay"), "sleep", "60")
    program = subprocess.Popen(argv)

    def connect(answer: Answer) -> socket.socket:
        Thread(target=lambda: answer(server.accept()[0]), daemon=True).start()
        end = time.monotonic() + 60
        while True:
            try:
                return socket.create_connection(("127.0.0.1", port), timeout=60)
            except ConnectionRefusedError:
                assert time.monotonic() < end
                time.sleep(0.01)

    yield connect
    program.terminate()
    program.wait()
    server.close()


def read(opened: socket.socket) -> bytes:
    found = b""
    while chunk := opened.recv(1 << 16):
        found += chunk
    return found


def reset(opened: socket.socket) -> None:
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    opened.close()


@pytest.mark.parametrize(
    ("refused", "message"),
    [
        (OSError(errno.EACCES, "no"), r"^p: cannot listen on 127\.8\.0\.1:80: permission denied$"),
        (OSError(errno.EADDRINUSE, "no"), r"^p: cannot listen on 127\.8\.0\.1:80: address already in use$"),
    ],
)
def test_an_address_that_cannot_be_had_is_told_instead_of_a_relay_that_ends(
    refused: OSError, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def listen(address: tuple[str, int]) -> socket.socket:
        if address == ("127.8.0.1", 80):
            raise refused
        return socket.socket()

    monkeypatch.setattr(socket, "create_server", listen)
    place = SimpleNamespace(address=lambda reader, name: ("127.8.0.1", "80"))
    deployment: Any = SimpleNamespace(
        identity="shop-local-0123ab",
        stack=SimpleNamespace(upstreams={"p": Upstream(name="p", server="s")}),
        ports={"s": 1, "p": 2},
        resolution=SimpleNamespace(place=place),
    )
    with pytest.raises(NotReadyError, match=message) as raised:
        relaying.start(deployment, Service(name="s", role=Role.STUBS))
    assert "port:" in raised.value.hint


def test_ten_mebibytes_come_back_as_they_were_sent(relayed: Callable[[Answer], socket.socket]) -> None:
    def echo(opened: socket.socket) -> None:
        with opened:
            while chunk := opened.recv(1 << 16):
                opened.sendall(chunk)

    sent = bytes(range(256)) * (40 << 10)
    with relayed(echo) as opened:

        def send() -> None:
            opened.sendall(sent)
            opened.shutdown(socket.SHUT_WR)

        Thread(target=send, daemon=True).start()
        assert read(opened) == sent


@pytest.mark.parametrize("relayed", ["native"], indirect=True)
def test_whoever_asks_before_the_gate_is_open_is_kept_waiting_and_then_answered(
    closed: IO[str], relayed: Callable[[Answer], socket.socket]
) -> None:
    def answer(opened: socket.socket) -> None:
        with opened:
            opened.sendall(b"heard " + opened.recv(100))

    with relayed(answer) as opened:
        opened.sendall(b"you\n")
        opened.settimeout(0.3)
        with pytest.raises(TimeoutError):
            opened.recv(100)
        closed.close()
        opened.settimeout(10)
        assert opened.recv(100) == b"heard you\n"


def test_half_of_a_connection_may_be_closed(relayed: Callable[[Answer], socket.socket]) -> None:
    def after_the_end(opened: socket.socket) -> None:
        with opened:
            opened.sendall(b"heard " + read(opened))

    with relayed(after_the_end) as opened:
        opened.sendall(b"you")
        opened.shutdown(socket.SHUT_WR)
        assert read(opened) == b"heard you"


def test_an_answer_that_is_cut_off_arrives_cut_off(relayed: Callable[[Answer], socket.socket]) -> None:
    def half(opened: socket.socket) -> None:
        with opened:
            opened.recv(100)
            opened.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")

    with relayed(half) as opened:
        opened.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert read(opened).endswith(b"half")


def test_a_reset_of_the_server_is_a_reset_for_the_client(relayed: Callable[[Answer], socket.socket]) -> None:
    def break_off(opened: socket.socket) -> None:
        opened.recv(100)
        reset(opened)

    with relayed(break_off) as opened:
        opened.sendall(b"GET / HTTP/1.1\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            read(opened)


def test_a_reset_of_the_client_is_a_reset_for_the_server(relayed: Callable[[Answer], socket.socket]) -> None:
    seen: list[Exception] = []

    def listen(opened: socket.socket) -> None:
        with opened:
            try:
                read(opened)
            except ConnectionResetError as error:
                seen.append(error)

    opened = relayed(listen)
    opened.sendall(b"half a request")
    time.sleep(0.1)
    reset(opened)
    end = time.monotonic() + 60
    while not seen and time.monotonic() < end:
        time.sleep(0.01)
    assert seen


def test_where_nobody_listens_the_client_is_told_so(gate: Path) -> None:
    port, nobody = free(), free()
    program = subprocess.Popen(relaying.argv(gate, [("127.0.0.1", port, "127.0.0.1", nobody, "X-Mark: pay")]))
    try:
        end = time.monotonic() + 60
        while True:
            try:
                opened = socket.create_connection(("127.0.0.1", port), timeout=60)
            except ConnectionRefusedError:
                assert time.monotonic() < end
                time.sleep(0.01)
                continue
            with opened, pytest.raises(ConnectionResetError):
                read(opened)
            return
    finally:
        program.kill()
        program.wait()


MARK = b"X-Mark: pay\r\n"
CHUNKED = b"POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nGET\r\n0\r\nT: 1\r\n\r\n"
REQUESTS = [
    b"GET / HTTP/1.0\r\n\r\n",
    b"\r\nGET /a HTTP/1.1\r\nHost: other\r\n\r\n",
    b"POST /a HTTP/1.1\r\ncontent-length: 16\r\n\r\nGET / HTTP/1.1\r\n",
    CHUNKED,
    b"PUT /a HTTP/1.1\nHost: a\n\n",
]


def marked(request: bytes) -> bytes:
    at = request.index(b" HTTP/1.")
    end = request.index(b"\n", at) + 1
    return request[:end] + MARK + request[end:]


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_every_request_of_a_connection_is_marked_once_however_it_is_cut(size: int) -> None:
    marking = relay.Marking("X-Mark: pay")
    sent = b"".join(REQUESTS)
    came = b"".join(marking(sent[at : at + size]) for at in range(0, len(sent), size)) + marking.rest()
    assert came == b"".join(map(marked, REQUESTS))


def test_a_mark_that_came_along_is_replaced() -> None:
    marking = relay.Marking("X-Mark: pay")
    came = marking(b"GET / HTTP/1.1\r\nx-mark: other\r\nA: b\r\n\r\n")
    assert came == b"GET / HTTP/1.1\r\nX-Mark: pay\r\nA: b\r\n\r\n"


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01no line",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nGET / HTTP/1.1\r\n",
        b"CONNECT a:1 HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n",
        b"half a li",
    ],
)
def test_what_is_no_request_passes_as_it_is(sent: bytes) -> None:
    marking = relay.Marking("X-Mark: pay")
    assert marking(sent) + marking.rest() == sent


def test_a_chunk_of_a_wrong_size_ends_the_marking_and_nothing_else() -> None:
    marking = relay.Marking("X-Mark: pay")
    sent = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nGET / HTTP/1.1\r\n"
    assert marking(sent) == marked(sent)
