"""Recorded requests with their answers: from WireMock's journal, and from a browser's HAR file."""

import base64
import binascii
import gzip
import io
import json
import stat
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from localenv.errors import DescriptionError
from localenv.errors.problems import Position, Problem
from localenv.stubs.recognition import MARK

_LARGEST = 64 << 20  # bytes of a HAR file; reading it takes five times as many
_LARGEST_BODY = 64 << 20  # bytes of a compressed body, once it is not


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


def of_event(event: Mapping[str, Any]) -> RecordedExchange:
    """An event of WireMock's journal."""
    request, response = event["request"], event.get("response", {})
    headers = _listed(response.get("headers", {}))
    return RecordedExchange(
        method=request["method"],
        url=request["url"],
        status=int(response.get("status", 0)),
        headers=headers,
        asked=tuple(one for one in _listed(request.get("headers", {})) if one[0] != MARK),
        body=_decompressed(base64.b64decode(request.get("bodyAsBase64", "")), _listed(request.get("headers", {}))),
        answer=_decompressed(base64.b64decode(response.get("bodyAsBase64", "")), headers),
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
        if exchange.status:  # 0: blocked, or aborted
            found.setdefault(origin, []).append(exchange)
    return found


def _entry(entry: Any) -> tuple[str, RecordedExchange]:
    request, response = entry["request"], entry["response"]
    split = urlsplit(request["url"])
    content = response.get("content") or {}
    exchange = RecordedExchange(
        method=request["method"].upper(),
        url=f"{split.path or '/'}{'?' if split.query else ''}{split.query}",
        status=int(response["status"]),
        headers=_pairs(response.get("headers")),
        asked=_pairs(request.get("headers")),
        body=_posted(request.get("postData")),
        answer=_content(content.get("text") or "", content.get("encoding")),
    )
    for text in (exchange.method, exchange.url, split.netloc, *chain(*exchange.headers, *exchange.asked)):
        text.encode()  # half of a character could not be written
    return f"{split.scheme}://{split.netloc.rpartition('@')[2]}", exchange


def _posted(posted: Any) -> bytes:
    if not isinstance(posted, Mapping):
        return b""
    if posted.get("text"):
        return _content(posted["text"], posted.get("encoding"))
    fields = [f"{one['name']}={one.get('value', '')}" for one in posted.get("params") or ()]
    return "&".join(fields).encode()


def _content(text: str, encoding: Any) -> bytes:
    if encoding == "base64":
        try:
            return base64.b64decode(text)
        except binascii.Error as error:
            raise ValueError("its content is not valid base64") from error
    return text.encode(errors="surrogatepass")


def _pairs(headers: Any) -> tuple[tuple[str, str], ...]:
    return tuple((one["name"], str(one.get("value", ""))) for one in headers or () if not one["name"].startswith(":"))


def _listed(headers: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple(_flat(headers))


def _flat(headers: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in headers.items():
        for one in value if isinstance(value, list) else [value]:
            yield name, str(one)


def _decompressed(body: bytes, headers: Sequence[tuple[str, str]]) -> bytes:
    encoding = header(headers, "content-encoding").lower()
    try:
        if encoding == "gzip" or body.startswith(b"\x1f\x8b"):
            with gzip.open(io.BytesIO(body)) as opened:  # reads all of its members
                found = opened.read(_LARGEST_BODY + 1)
            return found if len(found) <= _LARGEST_BODY else body
        if encoding == "deflate":
            deflated = zlib.decompressobj()
            found = deflated.decompress(body, _LARGEST_BODY)
            return found if deflated.eof else body
    except (zlib.error, EOFError, OSError):
        return body
    return body


def _problem(file: Path, reason: str) -> DescriptionError:
    hint = "export it with contents: “Save all as HAR with content”"
    return DescriptionError([Problem(reason, Position(file), hint)])
