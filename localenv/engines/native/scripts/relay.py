"""A port for each upstream: what arrives there goes to the one stub server, and its answers come back as they are.

Run as a program of its own, with routes as JSON on its command line: a descriptor that listens, see `gate.py`, and the
host and port that it leads to. Standard library only. A half-closed connection stays half open, a reset stays a reset,
so that every fault of a stub arrives whole.
"""

import asyncio
import json
import socket
import struct
import sys
from contextlib import suppress

_BACKLOG = 512
_CHUNK = 1 << 16
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER with no time: close by a reset


def main() -> None:
    """Serve all routes, until this is ended."""
    routes = json.loads(sys.argv[1])
    asyncio.run(_serve([(socket.socket(fileno=listening), to_host, to_port) for listening, to_host, to_port in routes]))


async def _serve(listening: list[tuple[socket.socket, str, int]]) -> None:
    servers = [await _server(*one) for one in listening]
    await asyncio.gather(*(server.serve_forever() for server in servers))


async def _server(opened: socket.socket, to_host: str, to_port: int) -> asyncio.Server:
    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            onward = await asyncio.open_connection(to_host, to_port)
        except OSError:
            _reset(writer)
            return
        await _both(reader, writer, *onward)

    return await asyncio.start_server(relay, sock=opened, backlog=_BACKLOG)


async def _both(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    answers: asyncio.StreamReader,
    onward: asyncio.StreamWriter,
) -> None:
    """Each direction ends by itself; a reset of one side is a reset of the other."""
    for one in (writer, onward):
        with suppress(OSError):  # it is gone by now, which reading from it says
            one.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    done = await asyncio.gather(_pass(reader, onward), _pass(answers, writer), return_exceptions=True)
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


def _reset(writer: asyncio.StreamWriter) -> None:
    opened = writer.get_extra_info("socket")
    with suppress(OSError):
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()


if __name__ == "__main__":
    main()
