"""Forward connections to programs on this machine: from ports here, and from a bridge in a container network.

Runs as a separate program under the guard, with its settings as JSON in `BRIDGE`: `listen`, addresses of this machine,
each with a route; and `tunnel`, the address, token and routes by port of a bridge (`compose/bridge.pl`), to which a few
idle connections are kept open. A route has the port of the program, `to`, and `refusal`, the text of the 503 that an
HTTP client gets while nothing listens there; what a client sends arrives `delay` seconds late, and its connection too.
Standard library only; half-closed connections and resets pass unchanged.
"""

import asyncio
import json
import os
import socket
import struct
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from typing import Any

_BACKLOG = 512
_CHUNK = 1 << 16
_IDLE = 8  # connections kept open to a bridge
_HOSTS = ("127.0.0.1", "::1")  # a program that listens on `localhost` may have chosen either
_HEAD = 5.0  # seconds for the head of a request that is refused
_LINGER = 1.0  # seconds in which a refused client may read its answer
_PAUSE, _LONGEST_PAUSE = 0.05, 1.0  # seconds between two attempts
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER with zero time: close with a reset
_LISTENS = 10.0  # seconds for a port to become free
_RUNNING: set[asyncio.Task[None]] = set()

ForwardRoute = Mapping[str, Any]


def main() -> None:
    """Forward until the process is ended."""
    asyncio.run(_forward(json.loads(os.environ["BRIDGE"])))


async def _forward(settings: Mapping[str, Any]) -> None:
    running = [asyncio.create_task(_listen(route)) for route in settings["listen"]]
    if tunnel := settings.get("tunnel"):
        pool = _Pool(tunnel)
        running += [asyncio.create_task(pool.keep()) for _ in range(_IDLE)]
    await asyncio.gather(*running)


async def _listen(route: ForwardRoute) -> None:
    """Accept connections on this machine; the port may still be in use by the service that this replaces."""

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _begin(_carry(reader, writer, route))

    for attempt in range(int(_LISTENS / _PAUSE)):
        try:
            server = await asyncio.start_server(accept, route["host"], route["port"], backlog=_BACKLOG)
            break
        except OSError:
            if attempt == int(_LISTENS / _PAUSE) - 1:
                raise
            await asyncio.sleep(_PAUSE)
    await server.serve_forever()


class _Pool:
    """Idle connections to a bridge; each is replaced as soon as a client has taken it."""

    def __init__(self, tunnel: Mapping[str, Any]) -> None:
        self._tunnel = tunnel

    async def keep(self) -> None:
        """Keep one connection open, and carry what comes over it."""
        pause = _PAUSE
        while True:
            reader, writer = None, None
            try:
                reader, writer = await asyncio.open_connection(self._tunnel["host"], self._tunnel["port"])
                _without_delay(writer)
                writer.write(f"{self._tunnel['token']}\n".encode())
                port = await _called(reader)
            except OSError:
                port = ""
            route = self._tunnel["routes"].get(port)
            if reader and writer and route:
                _begin(_carry(reader, writer, route))
                pause = _PAUSE
                continue
            if writer:
                writer.close()
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)


def _begin(work: Coroutine[Any, Any, None]) -> None:
    """Run it as a task; the loop itself keeps only a weak reference."""
    task = asyncio.create_task(work)
    _RUNNING.add(task)
    task.add_done_callback(_RUNNING.discard)


async def _called(reader: asyncio.StreamReader) -> str:
    """The port that a client has called; empty lines only keep the connection alive. Empty at its end."""
    while line := await reader.readline():
        if line.strip():
            return line.decode().strip()
    return ""


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, route: ForwardRoute) -> None:
    """Connect a client with the program, or refuse it."""
    _without_delay(writer)
    delay = float(route.get("delay", 0))
    await asyncio.sleep(delay)
    for host in _HOSTS:
        with suppress(OSError):
            answers, onward = await asyncio.open_connection(host, route["to"])
            break
    else:
        await _refuse(reader, writer, route.get("refusal", ""))
        return
    _without_delay(onward)
    sent = _late(reader, onward, delay) if delay else _pass(reader, onward)
    done = await asyncio.gather(sent, _pass(answers, writer), return_exceptions=True)
    for one in (writer, onward):
        if any(isinstance(result, OSError) for result in done):
            _reset(one)
        else:
            one.close()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while chunk := await reader.read(_CHUNK):
            writer.write(chunk)
            await writer.drain()
    except OSError:
        _reset(writer)
        raise
    with suppress(OSError, RuntimeError):
        writer.write_eof()


async def _late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float) -> None:
    """The same, with each chunk `delay` seconds after it was received."""
    between = asyncio.StreamReader()
    clock = asyncio.get_running_loop()

    async def receive() -> None:
        try:
            while chunk := await reader.read(_CHUNK):
                clock.call_later(delay, between.feed_data, chunk)
            clock.call_later(delay, between.feed_eof)
        except OSError as error:
            between.set_exception(error)

    await asyncio.gather(receive(), _pass(between, writer))


async def _refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, refusal: str) -> None:
    """Answer 503 with a text; other protocols get a reset."""
    if not refusal:
        _reset(writer)
        return
    body = f"{refusal}\n".encode()
    head = (
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\nRetry-After: 1\r\nConnection: close\r\n\r\n"
    )
    with suppress(OSError, RuntimeError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError):
        begin = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _HEAD)
        writer.write(head.encode() + (b"" if begin.startswith(b"HEAD ") else body))
        writer.write_eof()
        await asyncio.wait_for(_drain(reader), _LINGER)  # otherwise a reset could overtake the answer
    writer.close()


async def _drain(reader: asyncio.StreamReader) -> None:
    while await reader.read(_CHUNK):
        pass


def _without_delay(writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):  # it is closed already, which reading reports
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _reset(writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()


if __name__ == "__main__":
    main()
