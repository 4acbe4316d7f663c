"""Answer a request of HTTP, for a program here that serves few of them; those of web pages elsewhere are refused."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress

from localenv.host import web_pages

_LARGEST = 50 << 20  # bytes of a body
_HEADERS, _SECONDS = 200, 30  # of a request
_SANDBOX = "Content-Security-Policy: sandbox\r\nX-Content-Type-Options: nosniff\r\n"  # mails hold pages of others

HttpReply = tuple[int, str, bytes]  # status, content type, body
AnswerTo = Callable[[str, str, bytes], HttpReply]  # to method, target and body; a ValueError becomes a 400


class _Malformed(ValueError):  # noqa: N818 - an answer
    """A request that is not one of HTTP, or is too large."""


async def answer(reply: AnswerTo, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Read one request, write its answer and close the connection."""
    try:
        async with asyncio.timeout(_SECONDS):
            status, kind, body = _reply(reply, *await _asked(reader))
    except (ValueError, asyncio.IncompleteReadError):
        status, kind, body = 400, "text/plain", b"bad request"
    except TimeoutError:
        status, kind, body = 408, "text/plain", b"the request did not end"
    except OSError:
        writer.close()
        return
    head = f"HTTP/1.1 {status} {'OK' if status < 400 else 'Error'}\r\nContent-Type: {kind}\r\n{_SANDBOX}"
    writer.write(f"{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode(errors="replace") + body)
    with suppress(OSError):
        await writer.drain()
    writer.close()


def _reply(reply: AnswerTo, method: str, target: str, headers: Mapping[str, str], body: bytes) -> HttpReply:
    if web_pages.is_elsewhere(headers.get("host", ""), headers.get("origin", "")):
        return 403, "text/plain", web_pages.REFUSAL.encode()
    return reply(method, target, body)


async def _asked(reader: asyncio.StreamReader) -> tuple[str, str, Mapping[str, str], bytes]:
    """Method, target, headers and body of a request; raises ValueError and IncompleteReadError."""
    method, target, _ = (await reader.readline()).decode().split(" ", 2)
    headers: dict[str, str] = {}
    while line := (await reader.readline()).decode().strip():
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
        if len(headers) > _HEADERS:
            raise _Malformed("too many headers")
    length = headers.get("content-length", "0")
    if "transfer-encoding" in headers or not (length.isascii() and length.isdigit()) or int(length) > _LARGEST:
        raise _Malformed("no length")
    return method, target, headers, await reader.readexactly(int(length))
