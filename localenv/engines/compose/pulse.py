"""Check whether Docker still answers: a call may take any time while it does, and ends when it does not.

This is below the `docker` package, which has one timeout for a call, whether Docker works on it or has stalled.
"""

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event
from typing import Any

from localenv.guard import where
from localenv.host import kernel
from localenv.host.background import meanwhile
from localenv.host.waiting import repeatedly

BEAT = 2.0  # seconds of silence after which Docker is pinged
ANSWER = 4.0  # seconds for the response to a ping
_PING = b"GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n"


def answers(address: str, patience: float = ANSWER) -> bool:
    """Whether Docker at a Unix socket answers within `patience` seconds, even with an error."""
    try:
        with connected(address, patience) as asking:
            asking.sendall(_PING)
            return _is_answer(asking.recv(64))
    except OSError:
        return False


def _is_answer(head: bytes) -> bool:
    """Whether a response begins like this; an interim one (`100 Continue`) announces another that may never come."""
    return head.startswith(b"HTTP/") and head.partition(b" ")[2][:1] != b"1"


@contextmanager
def connected(address: str, patience: float) -> Iterator[socket.socket]:
    """Connect to a Unix socket; each operation may take `patience` seconds. Raises OSError."""
    with socket.socket(socket.AF_UNIX) as opened:
        opened.settimeout(patience)
        opened.connect(address)
        yield opened


def opened(address: str) -> socket.socket:
    """Connect to Docker; a response may take as long as it answers other requests. Raises OSError."""
    waiting = _Socket(socket.AF_UNIX, socket.SOCK_STREAM)
    waiting.address = address
    waiting.settimeout(None)
    waiting.connect(address)
    return waiting


@contextmanager
def watched(identity: str, address: str) -> Iterator[Event]:
    """End Compose for an environment when Docker stops answering; the event is set then.

    A process of Compose that is stopped is continued: it has a session of its own, which Ctrl-Z does not reach.
    """
    silent = Event()

    def watch(over: Event) -> None:
        for _ in repeatedly(over, BEAT):
            _go_on(identity)
            if not answers(address) and not over.is_set():
                silent.set()
                _end(identity)
                return

    with meanwhile(watch):
        yield silent


def _go_on(identity: str) -> None:
    for pid in filter(kernel.is_stopped, _processes(identity)):
        kernel.go_on(pid)


def _processes(identity: str) -> list[int]:
    return kernel.marked(f"{where.MARK}={identity}")


def _end(identity: str) -> None:
    for pid in _processes(identity):
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


class _Socket(socket.socket):
    """Waits for a response while Docker answers pings."""

    address: str

    def settimeout(self, value: float | None, /) -> None:
        """Ignored: there is no fixed timeout."""
        super().settimeout(BEAT)

    def recv_into(self, *arguments: Any) -> int:
        """Raises TimeoutError when Docker stops answering."""
        while True:
            try:
                return super().recv_into(*arguments)
            except TimeoutError:
                if not answers(self.address):
                    raise
