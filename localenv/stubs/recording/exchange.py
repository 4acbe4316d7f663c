"""Recorded requests with their answers: passed to a real service, and from a browser's HAR file."""

import base64
import binascii
import json
import re
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus, urlsplit

from localenv.errors import DescriptionError
from localenv.errors.problems import Position, Problem
from localenv.stubs.compression import decompressed, is_readable
from localenv.stubs.responder.forward import ForwardedExchange

WITH_CONTENT = "export it with contents: “Save all as HAR with content”"

_LARGEST = 64 << 20  # bytes of a HAR file; reading it takes five times as many
_QUOTED = re.compile("%[0-9A-Fa-f]{2}")
_ENCODING = "content-encoding"
_NOT_MODIFIED, _LEAST = 304, 200  # statuses
_REDIRECTED = 3  # hundred


@dataclass(frozen=True, kw_only=True)
class RecordedExchange:
    """A request to a real service and its answer, with decoded bodies."""

    method: str
    url: str  # path and query
    status: int
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)  # of the answer
    asked: tuple[tuple[str, str], ...] = field(default=(), repr=False)  # headers of the request
    body: bytes = field(default=b"", repr=False)  # of the request
    answer: bytes = field(default=b"", repr=False)
    encoding: str = ""  # of a body that could not be decoded
    lacks_answer: bool = False  # the answer had a body, which was not saved


def of_forwarded(one: ForwardedExchange) -> RecordedExchange:
    """A request that was passed to the real service, and its answer."""
    encodings = (
        header(headers, _ENCODING) for headers, body in ((one.headers, one.answer), (one.sent, one.body)) if body
    )
    return RecordedExchange(
        method=one.method,
        url=one.path,
        status=one.status,
        headers=tuple(one.headers),
        asked=tuple(one.sent),
        body=decompressed(one.body, header(one.sent, _ENCODING)),
        answer=decompressed(one.answer, header(one.headers, _ENCODING)),
        encoding=next((each for each in encodings if not is_readable(each)), ""),
    )


def header(headers: Sequence[tuple[str, str]], name: str) -> str:
    """The first value of a header; empty if there is none."""
    return next((value for one, value in headers if one.lower() == name), "")


def of_har(file: Path) -> dict[str, list[RecordedExchange]]:
    """The exchanges of a HAR file by origin (`https://api.example`); raises DescriptionError."""
    try:
        about = file.stat()
        if not stat.S_ISREG(about.st_mode):
            raise _problem(file, "is not a file")
        if about.st_size > _LARGEST:
            raise _problem(file, f"is larger than {_LARGEST >> 20} MiB")
        document = json.loads(file.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise _problem(file, f"cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise _problem(file, f"is not valid JSON: {error}") from error
    log = document.get("log") if isinstance(document, Mapping) else None
    entries = log.get("entries") if isinstance(log, Mapping) else None
    if not isinstance(entries, list):
        raise _problem(file, "is not a HAR file: log.entries is missing")
    found: dict[str, list[RecordedExchange]] = {}
    for number, entry in enumerate(entries):
        try:
            origin, exchange = _entry(entry)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise _problem(file, f"/log/entries/{number} is not a request with its answer: {error}") from error
        if exchange.status >= _LEAST:  # 0 or -1: blocked, aborted, or only known to the browser; 101: no longer HTTP
            found.setdefault(origin, []).append(exchange)
    return found


def _entry(entry: Any) -> tuple[str, RecordedExchange]:
    request, response = entry["request"], entry["response"]
    split = urlsplit(request["url"])
    content = response.get("content") or {}
    answer, status = _content(content.get("text") or "", content.get("encoding")), int(response["status"])
    if status == _NOT_MODIFIED:  # what the browser has kept; a client of the stubs may have nothing
        status = 200 if answer else 0
    exchange = RecordedExchange(
        method=request["method"].upper(),
        url=f"{split.path or '/'}{'?' if split.query else ''}{split.query}",
        status=status,
        headers=_pairs(response.get("headers")),
        asked=_pairs(request.get("headers")),
        body=_posted(request.get("postData")),
        answer=answer,
        lacks_answer=not answer and _had_body(request["method"], status, content.get("size"), response.get("bodySize")),
    )
    for text in (exchange.method, exchange.url, split.netloc, *chain(*exchange.headers, *exchange.asked)):
        text.encode()  # half of a character could not be written
    return f"{split.scheme}://{split.netloc.rpartition('@')[2]}", exchange


def _had_body(method: str, status: int, *sizes: Any) -> bool:
    """Whether an answer had a body that counts: that of a redirect does not."""
    is_shown = method.upper() != "HEAD" and status // 100 != _REDIRECTED
    return is_shown and any(isinstance(size, int | float) and size > 0 for size in sizes)


def _posted(posted: Any) -> bytes:
    if not isinstance(posted, Mapping):
        return b""
    if posted.get("text"):
        return _content(posted["text"], posted.get("encoding"))
    fields = [(_sent(one["name"]), _sent(one.get("value", ""))) for one in posted.get("params") or ()]
    return "&".join(f"{name}={value}" for name, value in fields).encode()


def _sent(text: str) -> str:
    """A field as it was sent: some browsers save it decoded, others do not."""
    return quote_plus(text, safe="%+" if _QUOTED.search(text) else "")


def _content(text: str, encoding: Any) -> bytes:
    if encoding == "base64":
        try:
            return base64.b64decode(text)
        except binascii.Error as error:
            raise ValueError("its content is not valid base64") from error
    return text.encode(errors="surrogatepass")


def _pairs(headers: Any) -> tuple[tuple[str, str], ...]:
    return tuple((one["name"], str(one.get("value", ""))) for one in headers or () if not one["name"].startswith(":"))


def _problem(file: Path, reason: str) -> DescriptionError:
    return DescriptionError([Problem(reason, Position(file), WITH_CONTENT)])
