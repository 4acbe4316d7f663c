"""A proxy for Docker's API that sees every request and may delay, refuse, cut or stall it.

`DOCKER_HOST` points at the proxy's Unix socket. It parses HTTP only as far as necessary: where a request ends and the
next begins, also on a reused connection; a connection that Docker upgrades becomes a plain pipe.
"""

import os
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

DOCKER = os.environ.get("DOCKER_HOST", "").removeprefix("unix://") or "/var/run/docker.sock"
PING = "/_ping"
_CHUNK = 1 << 16


@dataclass(frozen=True, kw_only=True)
class Request:
    """One received request; `number` counts from 1 over all connections; pings are not counted (0)."""

    number: int
    method: str
    path: str  # without the API version and the query

    def __str__(self) -> str:
        return f"{self.number} {self.method} {self.path}"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What to do with a request; by default the same as without a proxy."""

    delay: float = 0.0  # seconds before it reaches Docker
    before: Callable[[], None] | None = None  # called before it reaches Docker
    after: Callable[[], None] | None = None  # called when Docker has answered, before the client gets the response
    cut: str = ""  # "before": Docker never gets it; "after": Docker carries it out, and the client gets no response
    status: int = 0  # the proxy itself responds with this status
    message: str = ""


Rule = Callable[[Request], Answer | None]


@dataclass(kw_only=True)
class Proxy:
    """A listening proxy; `rule` decides over each request, and may be changed at any time."""

    socket_path: Path
    docker: str = DOCKER
    rule: Rule = lambda request: None
    requests: list[Request] = field(default_factory=list)
    is_stalled: bool = False  # accepts connections without answering, like a stopped daemon (SIGSTOP)
    _listening: socket.socket | None = None
    _open: set[socket.socket] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def host(self) -> str:
        """The value for `DOCKER_HOST`."""
        return f"unix://{self.socket_path}"

    def start(self) -> None:
        """Listen; after `stop`, like a restarted daemon."""
        listening = socket.socket(socket.AF_UNIX)
        self.socket_path.unlink(missing_ok=True)
        listening.bind(str(self.socket_path))
        listening.listen(128)
        self._listening = listening
        threading.Thread(target=self._accept, args=(listening,), daemon=True).start()

    def stop(self) -> None:
        """Stop in the middle of all requests, like a daemon that is stopped."""
        listening, self._listening = self._listening, None
        if listening:
            with suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)
            listening.close()
        self.socket_path.unlink(missing_ok=True)
        with self._lock:
            opened, self._open = self._open, set()
        for one in opened:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                client, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with suppress(OSError, EOFError), socket.socket(socket.AF_UNIX) as server, client:
            server.connect(self.docker)
            with self._lock:
                self._open |= {client, server}
            try:
                with client.makefile("rb") as asked, server.makefile("rb") as answered:
                    while self._exchange(client, server, asked, answered):
                        pass
            finally:
                with self._lock:
                    self._open -= {client, server}

    def _exchange(self, client: socket.socket, server: socket.socket, asked: IO[bytes], answered: IO[bytes]) -> bool:
        """Forward one request and its response; returns whether another may follow on this connection."""
        head = Head.read(asked)
        request = self._note(head)
        self._wait_while_stalled()
        answer = self.rule(request) or Answer()
        time.sleep(answer.delay)
        if answer.before:
            answer.before()
        if answer.cut == "before":
            return False
        if answer.status:
            for _ in head.body(asked):
                pass
            _refuse(client, answer)
            return False
        _send(server, head, asked)
        return _answer(self, client, server, head, answered, asked, answer)

    def _note(self, head: "Head") -> Request:
        method, target, *_ = head.start.split(" ")
        path = target.partition("?")[0]
        version, _, rest = path.removeprefix("/").partition("/")
        if version.startswith("v1."):
            path = f"/{rest}"
        with self._lock:
            number = 0 if path == PING else 1 + sum(one.number > 0 for one in self.requests)
            request = Request(number=number, method=method, path=path)
            self.requests.append(request)
        return request

    def _wait_while_stalled(self) -> None:
        while self.is_stalled and self._listening:
            time.sleep(0.02)


@dataclass(frozen=True, kw_only=True)
class Head:
    """The first line of a message and its headers, raw and by name."""

    start: str
    raw: bytes
    headers: dict[str, str]

    @classmethod
    def read(cls, stream: IO[bytes]) -> "Head":
        """Raises EOFError at the end of the stream."""
        lines: list[bytes] = []
        while (line := stream.readline()) not in (b"\r\n", b"\n", b""):
            lines.append(line)
        if not lines or not line:
            raise EOFError
        pairs = (text.decode("latin-1").partition(":") for text in lines[1:])
        headers = {name.strip().lower(): value.strip().lower() for name, _, value in pairs}
        return cls(start=lines[0].decode("latin-1").strip(), raw=b"".join([*lines, line]), headers=headers)

    def body(self, stream: IO[bytes], *, until_closed: bool = False) -> Iterator[bytes]:
        """The body, in chunks as they arrive; chunked encoding is not decoded."""
        if "chunked" in self.headers.get("transfer-encoding", ""):
            yield from _chunks(stream)
        elif "content-length" in self.headers:
            left = int(self.headers["content-length"])
            while left and (piece := stream.read1(min(left, _CHUNK))):  # type: ignore[attr-defined]
                left -= len(piece)
                yield piece
        elif until_closed:
            while piece := stream.read1(_CHUNK):  # type: ignore[attr-defined]
                yield piece


def _chunks(stream: IO[bytes]) -> Iterator[bytes]:
    while True:
        size = stream.readline()
        if not size:
            raise EOFError
        left = int(size.split(b";")[0], 16)
        yield size + stream.read(left) + stream.readline()
        if left == 0:
            return


def _send(server: socket.socket, head: Head, asked: IO[bytes]) -> None:
    server.sendall(head.raw)
    for piece in head.body(asked):
        server.sendall(piece)


def _answer(
    proxy: Proxy,
    client: socket.socket,
    server: socket.socket,
    asked_head: Head,
    answered: IO[bytes],
    asked: IO[bytes],
    answer: Answer,
) -> bool:
    if "upgrade" in asked_head.headers:
        threading.Thread(target=_pipe, args=(asked, server), daemon=True).start()
    head = Head.read(answered)
    status = int(head.start.split(" ")[1])
    while status == 100:
        head = Head.read(answered)
        status = int(head.start.split(" ")[1])
    if answer.after:
        answer.after()
    if answer.cut == "after":
        return False
    client.sendall(head.raw)
    if status == 101 or "upgrade" in asked_head.headers:
        _pipe(answered, client)
        return False
    has_body = not asked_head.start.startswith("HEAD ") and status not in (204, 304)
    closes = has_body and not {"content-length", "transfer-encoding"} & head.headers.keys()
    for piece in head.body(answered, until_closed=closes) if has_body else ():
        proxy._wait_while_stalled()
        client.sendall(piece)
    return not closes and "close" not in head.headers.get("connection", "")


def _pipe(source: IO[bytes], target: socket.socket) -> None:
    with suppress(OSError, ValueError):
        while piece := source.read1(_CHUNK):  # type: ignore[attr-defined]
            target.sendall(piece)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def _refuse(client: socket.socket, answer: Answer) -> None:
    body = f'{{"message": "{answer.message}"}}\n'.encode()
    head = f"HTTP/1.1 {answer.status} Refused\r\nContent-Type: application/json\r\nConnection: close\r\n"
    client.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)


@contextmanager
def running(rule: Rule | None = None, docker: str = DOCKER) -> Iterator[Proxy]:
    """A proxy that is removed afterwards; its socket has a short enough path."""
    folder = Path(tempfile.mkdtemp(prefix="proxy-", dir="/tmp"))
    proxy = Proxy(socket_path=folder / "docker.sock", docker=docker)
    if rule:
        proxy.rule = rule
    proxy.start()
    try:
        yield proxy
    finally:
        proxy.stop()
        shutil.rmtree(folder)
