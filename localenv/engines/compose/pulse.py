"""Whether Docker still answers: one call may take as long as it needs while it does, and no longer."""

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

BEAT = 2.0  # seconds of silence after which Docker is asked whether it is there
ANSWER = 4.0  # seconds it may take to say so
_PING = b"GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n"


def answers(address: str, patience: float = ANSWER) -> bool:
    """Whether Docker at a Unix socket answers within `patience` seconds; one that answers with a failure does."""
    try:
        with socket.socket(socket.AF_UNIX) as asking:
            asking.settimeout(patience)
            asking.connect(address)
            asking.sendall(_PING)
            return asking.recv(64).startswith(b"HTTP/")
    except OSError:
        return False


def opened(address: str) -> socket.socket:
    """A connection to Docker whose answers may take as long as it answers others; raises OSError."""
    waiting = _Socket(socket.AF_UNIX, socket.SOCK_STREAM)
    waiting.address = address
    waiting.settimeout(None)
    waiting.connect(address)
    return waiting


@contextmanager
def watched(identity: str, address: str) -> Iterator[Event]:
    """End what Compose does for an environment once Docker no longer answers, which is then set."""
    silent = Event()

    def watch(over: Event) -> None:
        while not over.wait(BEAT):
            if not answers(address) and not over.is_set():
                silent.set()
                _end(identity)
                return

    with meanwhile(watch):
        yield silent


def _end(identity: str) -> None:
    for pid in kernel.marked(f"{where.MARK}={identity}"):
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


class _Socket(socket.socket):
    """Waits for an answer while others are answered."""

    address: str

    def settimeout(self, value: float | None, /) -> None:
        """As long as it takes, whatever a caller says."""
        super().settimeout(BEAT)

    def recv_into(self, *arguments: Any) -> int:
        """Raises TimeoutError once Docker answers nobody."""
        while True:
            try:
                return super().recv_into(*arguments)
            except TimeoutError:
                if not answers(self.address):
                    raise
