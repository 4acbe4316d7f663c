"""The relay in a stub server's container marks each request with the upstream of its port, or of its name."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Thread

import pytest

from localenv.stack import Port, Role, Service, Upstream
from localenv.stubs import relay
from tests.world.waiting import until

NAMES = ("pay", "stock")
# answers with what it was sent, once a request is complete
SERVER = """
import http.server, sys
class Echo(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        said = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = (self.headers.get("X-Localenv-Upstream", "") + "|" + self.headers.get("Host", "")).encode() + b"|" + said
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    do_POST = do_GET
    def log_message(self, *words):
        pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Echo).serve_forever()
"""


def in_perl(gate: str, server: int, routes: str, header: str = "X-Mark") -> tuple[str, ...]:
    """The relay on this machine."""
    if not shutil.which("perl"):
        pytest.skip("no perl on this machine")
    return ("perl", "-e", relay._program(), gate, str(server), header, routes)


def free_ports(count: int) -> list[int]:
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    found = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return found


class Relayed:
    """A relay before a server that answers with the mark, the Host header and the body."""

    def __init__(self, gate: str) -> None:
        self.server, self.entry, self.pay, self.stock, self.shared = free_ports(5)
        hosts = {"pay": r"pay\.?(:[0-9]+)?|api\.partner\.example(:[0-9]+)?", "stock": r"stock\.?(:[0-9]+)?"}
        alone = [f"{self.entry}>", f"{self.pay}>pay", f"{self.stock}>stock"]
        routes = " ".join([*alone, *(f"{self.shared}>{name}>{one}" for name, one in hosts.items())])
        argv = in_perl(gate, self.server, routes, "X-Localenv-Upstream")
        self.program = subprocess.Popen((*argv, sys.executable, "-c", SERVER, str(self.server)), start_new_session=True)

    def end(self) -> None:
        """End the relay with its server, as the end of a container does."""
        os.killpg(self.program.pid, signal.SIGTERM)
        self.program.wait()

    def ask(self, port: int, *sent: bytes) -> bytes:
        """The responses to what is sent, a piece at a time."""
        with closing(self.connect(port)) as opened:
            for one in sent:
                opened.sendall(one)
                time.sleep(0.01)
            opened.shutdown(socket.SHUT_WR)
            found = b""
            while chunk := opened.recv(1 << 16):
                found += chunk
            return found

    def connect(self, port: int) -> socket.socket:
        return until(lambda: self._connected(port), "the relay listens")

    def _connected(self, port: int) -> socket.socket | None:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=10)
        except ConnectionRefusedError:
            return None


@pytest.fixture
def relayed() -> Iterator[Relayed]:
    found = Relayed("open")
    found.connect(found.server).close()
    yield found
    found.end()


def body(answer: bytes) -> str:
    return answer.rpartition(b"\r\n\r\n")[2].decode()


def test_the_port_decides_whatever_the_host_header_is(relayed: Relayed) -> None:
    for host in (b"Host: stock\r\n", b"Host: api.partner.example\r\n", b""):
        sent = b"GET / HTTP/1.0\r\n" + host + b"x-localenv-upstream: stock\r\n\r\n"
        assert body(relayed.ask(relayed.pay, sent)).startswith("pay|")
    assert body(relayed.ask(relayed.stock, b"GET / HTTP/1.0\r\n\r\n")) == "stock||"


@pytest.mark.parametrize(
    ("host", "meant"),
    [
        ("pay", "pay"),
        ("PAY.:80", "pay"),
        ("api.partner.example", "pay"),
        ("Stock:8080", "stock"),
        ("pay.evil", "?"),
        ("xpay", "?"),
        ("", "?"),
    ],
)
def test_at_a_port_of_several_the_host_header_decides(relayed: Relayed, host: str, meant: str) -> None:
    sent = f"GET / HTTP/1.0\r\nHost: {host}\r\n\r\n" if host else "GET / HTTP/1.0\r\n\r\n"
    assert body(relayed.ask(relayed.shared, sent.encode())) == f"{meant}|{host}|"


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_every_request_of_a_connection_is_marked_however_it_is_cut(relayed: Relayed, size: int) -> None:
    first = b"POST /a HTTP/1.1\r\nHost: pay\r\nContent-Length: 16\r\n\r\nGET / HTTP/1.1\r\n"
    second = b"GET /b HTTP/1.1\nHost: stock\nConnection: close\n\n"
    sent = first + second
    answers = relayed.ask(relayed.shared, *(sent[at : at + size] for at in range(0, len(sent), size)))
    assert b"pay|pay|GET / HTTP/1.1" in answers
    assert body(answers) == "stock|stock|"


def test_a_held_relay_keeps_clients_waiting_until_it_is_asked_to_let_them_in(monkeypatch: pytest.MonkeyPatch) -> None:
    program = relay._program().replace("/tmp/localenv-open", "/dev/full/nowhere")
    monkeypatch.setattr(relay, "_program", lambda: program)
    held = Relayed("held")
    try:
        answers: list[bytes] = []
        waiting = Thread(target=lambda: answers.append(held.ask(held.pay, b"GET / HTTP/1.0\r\n\r\n")))
        waiting.start()
        held.connect(held.server).close()
        assert body(held.ask(held.entry, b"GET / HTTP/1.0\r\n\r\n")) == "||"
        assert not answers
        relay.let_in(held.entry)
        waiting.join(10)
        assert [body(one) for one in answers] == ["pay||"]
    finally:
        held.end()


def test_it_ends_with_the_exit_code_of_its_server() -> None:
    [port] = free_ports(1)
    ended = subprocess.run([*in_perl("open", 9, f"{port}>pay"), "sh", "-c", "exit 3"], timeout=30)
    assert ended.returncode == 3


@pytest.mark.parametrize(("code", "is_held"), [(0, False), (1, False), (3, True), (137, True)])
def test_after_a_server_that_ran_out_of_memory_the_next_one_is_held_until_it_has_its_stubs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, is_held: bool
) -> None:
    opened, program = tmp_path / "open", relay._program()
    monkeypatch.setattr(relay, "_program", lambda: program.replace("/tmp/localenv-open", str(opened)))
    opened.touch()
    [port] = free_ports(1)

    ended = subprocess.run([*in_perl("held", 9, f"{port}>pay"), "sh", "-c", f"exit {code}"], timeout=60)

    assert ended.returncode == code
    assert opened.exists() is not is_held


def test_it_has_a_route_for_each_upstream_and_one_for_its_name_and_hosts() -> None:
    server = Service(
        name="s",
        role=Role.STUBS,
        port=Port(name="s", target=61000, entry=61001),
        extra_ports=(Port(name="pay", target=80, entry=61002),),
    )
    pay = Upstream(name="pay", server="s", hosts=("api.partner.example", "other:8080"))
    *_, gate, port, header, routes = relay.argv(server, {"pay": pay}, is_held=True)
    assert (gate, port, header) == ("held", "61000", "X-Localenv-Upstream")
    names = r"pay\.?(:[0-9]+)?|api\.partner\.example\.?(:[0-9]+)?|other:8080"
    assert routes.split() == ["61001>", "61002>pay", f"80>pay>{names}"]
