"""A connection to the guard: one JSON object per line in each direction, without blocking on slow clients."""

import json
import os
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from selectors import EVENT_READ, EVENT_WRITE, BaseSelector
from typing import Any

_CHUNK = 1 << 16
_LARGEST = 16 << 20  # bytes of a request
FULL = 1 << 20  # bytes buffered for a client before its program is paused too

Answering = Callable[["GuardConnection", dict[str, Any]], None]


class GuardConnection:
    """Calls `answer` for each request, and `closed` once the client has disconnected."""

    def __init__(self, opened: socket.socket, selector: BaseSelector, answer: Answering) -> None:
        self.opened = opened
        self.selector = selector
        self.answer = answer
        self.closed: list[Callable[[], None]] = []
        self.drained: Callable[[], None] | None = None
        self._in = b""
        self._out = bytearray()
        self.is_open = True
        opened.setblocking(False)
        selector.register(opened, EVENT_READ, self._ready)

    @property
    def is_full(self) -> bool:
        """Whether the client reads too slowly."""
        return len(self._out) > FULL

    def send(self, document: dict[str, Any]) -> None:
        """Send to the client, now or as soon as it reads."""
        if self.is_open:
            self._out += json.dumps(document).encode() + b"\n"
            self._flush()

    def close(self) -> None:
        """Close the connection."""
        if self.is_open:
            self.is_open = False
            self.selector.unregister(self.opened)
            self.opened.close()
            for call in self.closed:
                call()

    def _ready(self) -> None:
        if self.is_open:
            self._flush()
        if not self.is_open:
            return
        try:
            chunk = self.opened.recv(_CHUNK)
        except BlockingIOError:
            return
        except OSError:
            chunk = b""
        self._in += chunk
        if not chunk or len(self._in) > _LARGEST:
            self.close()
            return
        *lines, self._in = self._in.split(b"\n")
        for line in lines:
            self._take(line)

    def _take(self, line: bytes) -> None:
        try:
            request = json.loads(line)
            self.answer(self, request)
        except OSError as error:
            self.send({"error": error.strerror or str(error), "errno": error.errno})
        except Exception as error:  # a client's mistake must not affect others
            self.send({"error": f"{type(error).__name__}: {error}"})

    def _flush(self) -> None:
        with suppress(BlockingIOError):
            while self._out:
                try:
                    del self._out[: self.opened.send(self._out[:_CHUNK])]
                except BlockingIOError:
                    raise
                except OSError:
                    self.close()
                    return
        wanted = EVENT_READ | (EVENT_WRITE if self._out else 0)
        if self.selector.get_key(self.opened).events != wanted:
            self.selector.modify(self.opened, wanted, self._ready)
        if self.drained and not self._out:
            self.drained()


def is_of_this_user(opened: socket.socket) -> bool:
    """Whether the client belongs to this user; if the kernel does not report it, the socket's folder ensures it."""
    if not hasattr(socket, "SO_PEERCRED"):
        return True
    raw = opened.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return bool(struct.unpack("3i", raw)[1] == os.getuid())
