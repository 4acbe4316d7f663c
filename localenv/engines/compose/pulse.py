"""Whether Docker still answers: one call may take as long as it needs while it does, and no longer."""

import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import docker
from docker.transport.unixconn import UnixHTTPAdapter, UnixHTTPConnection, UnixHTTPConnectionPool

from localenv.guard import kernel, where

BEAT = 2.0  # seconds of silence after which Docker is asked whether it is there
ANSWER = 4.0  # seconds it may take to say so
_PING = b"GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n"


def steady(client: docker.DockerClient, address: str) -> None:
    """Have every call of a client wait for its answer as long as Docker at a Unix socket answers others."""
    client.api.get_adapter("http+docker://localhost").close()
    client.api.mount("http+docker://", _Adapter(address))


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


@contextmanager
def watched(identity: str, address: str | None) -> Iterator[threading.Event]:
    """End what Compose does for an environment once Docker no longer answers, which is then set."""
    silent, over = threading.Event(), threading.Event()

    def watch(address: str) -> None:
        while not over.wait(BEAT):
            if not answers(address) and not over.is_set():
                silent.set()
                _end(identity)
                return

    if address:
        threading.Thread(target=watch, args=(address,), daemon=True).start()
    try:
        yield silent
    finally:
        over.set()


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


class _Connection(UnixHTTPConnection):
    def connect(self) -> None:
        opened = _Socket(socket.AF_UNIX, socket.SOCK_STREAM)
        opened.address = self.unix_socket
        opened.settimeout(None)
        opened.connect(self.unix_socket)
        self.sock = opened


class _Pool(UnixHTTPConnectionPool):
    def _new_conn(self) -> Any:
        return _Connection(self.base_url, self.socket_path)


class _Adapter(UnixHTTPAdapter):
    def get_connection(self, url: str | bytes, proxies: Any = None) -> Any:
        """Connections of ours; their timeout means nothing."""
        with self.pools.lock:
            pool = self.pools.get(url)
            if pool is None:
                pool = self.pools[url] = _Pool(str(url), self.socket_path, maxsize=self.max_pool_size)
            return pool
