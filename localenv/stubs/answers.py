"""Requests and the answer to them in a few words, as a mapping of WireMock's."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import pairwise
from secrets import token_hex
from typing import Any
from urllib.parse import parse_qsl

from localenv.stubs.vocabulary import FIRST_STATE

UNSAID: Any = object()  # None is a value of JSON

_FAULTS = {
    "malformed": "MALFORMED_RESPONSE_CHUNK",  # a good status line, then what is no HTTP
    "empty": "EMPTY_RESPONSE",  # the connection is closed without a word
    "reset": "CONNECTION_RESET_BY_PEER",
}
_TRUNCATED = "truncated"  # less of a body than its Content-Length says
_KINDS = (*_FAULTS, _TRUNCATED)
_OTHER_WORDS = {  # for the same, and what a test writes instead
    **{fault.lower(): f'"{kind}"' for kind, fault in _FAULTS.items()},
    "random_data_then_close": '"malformed"',
    "garbage": '"malformed"',
    "invalid": '"malformed"',
    "closed": '"empty"',
    "close": '"empty"',
    "disconnect": '"reset"',
    "refused": '"reset"',
    "partial": '"truncated"',
    "cut": '"truncated"',
    "timeout": "slow=SECONDS",
    "hang": "slow=SECONDS",
    "slow": "slow=SECONDS",
    "delay": "slow=SECONDS",
}
_MOST_TIMES = 100  # each is a mapping of its own
_HALF_A_BODY = '{"id": "'


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """The requests a stub is for; numbers in `query` and `headers` stand for what a client writes of them."""

    method: str = "ANY"
    path: str = ""  # with `{name}` for any segment; empty: every one
    query: Mapping[str, object] | None = None
    json: Any = UNSAID  # the body holds this, and may hold more
    headers: Mapping[str, object] | None = None

    def __post_init__(self) -> None:
        path = self.path if self.path[:1] in ("", "/", "?") else f"/{self.path}"
        query: Mapping[str, object] = self.query or {}
        if "{" in path and "?" in path:  # a template is of a path alone
            path, _, rest = path.partition("?")
            query = dict(parse_qsl(rest, keep_blank_values=True)) | dict(query)
        object.__setattr__(self, "path", path)
        object.__setattr__(self, "query", _written(query))
        object.__setattr__(self, "headers", _written(self.headers or {}))

    def pattern(self) -> dict[str, Any]:
        """As WireMock writes it."""
        found: dict[str, Any] = {"method": self.method, **self._url()}
        if self.query:
            found["queryParameters"] = {name: {"equalTo": value} for name, value in self.query.items()}
        if self.headers:
            found["headers"] = {name: {"equalTo": value} for name, value in self.headers.items()}
        if self.json is not UNSAID:
            found["bodyPatterns"] = [{"equalToJson": self.json, "ignoreExtraElements": True}]
        return found

    def _url(self) -> dict[str, str]:
        if not self.path:
            return {"urlPattern": ".*"}
        key = "urlPathTemplate" if "{" in self.path else "url" if "?" in self.path else "urlPath"
        return {key: self.path}


def reply(
    status: int,
    *,
    json: Any = UNSAID,
    body: str | bytes | None = None,
    headers: Mapping[str, str] | None = None,
    delay: float = 0,
) -> dict[str, Any]:
    """A whole answer; `delay` in seconds. Raises ValueError for two bodies."""
    if json is not UNSAID and body is not None:
        raise ValueError("a response has one body: json or body")
    found: dict[str, Any] = {"status": status}
    if json is not UNSAID:
        found |= {"jsonBody": json} if json is not None else {"body": "null"}  # to WireMock null is no body
        headers = {"Content-Type": "application/json"} | dict(headers or {})
    elif body is not None:
        content = body.encode() if isinstance(body, str) else body
        found["base64Body"] = b64encode(content).decode()
    return found | _headers(headers) | _delay(delay)


def failure(kind: int | str | None = None, *, slow: float = 0) -> dict[str, Any]:
    """A status, or a broken connection; `slow` seconds late. A failure that is only slow is a 503 in the end."""
    if kind is None and not slow:
        raise ValueError(f"give a status, slow=SECONDS, or one of {', '.join(_KINDS)}")
    if kind is None or isinstance(kind, int):
        return {"status": kind or 503} | _delay(slow)
    if kind == _TRUNCATED:
        about = {"Content-Type": "application/json", "Content-Length": "1024"}
        return {"status": 200, "body": _HALF_A_BODY} | _headers(about) | _delay(slow)
    if kind not in _FAULTS:
        raise ValueError(f"unknown failure '{kind}'; {_meant(kind)}use a status, or one of {', '.join(_KINDS)}")
    return {"status": 200, "fault": _FAULTS[kind]} | _delay(slow)


def limited(mapping: Mapping[str, Any], times: int | None) -> list[dict[str, Any]]:
    """Mappings that answer that many requests and then no more; None: without an end. Raises ValueError for 0."""
    if times is None:
        return [dict(mapping)]
    if not 0 < times <= _MOST_TIMES:
        raise ValueError(f"times is a number from 1 to {_MOST_TIMES}, not {times}")
    name, states = f"{times} times {token_hex(4)}", [FIRST_STATE, *map(str, range(1, times)), "over"]
    return [
        {**mapping, "scenarioName": name, "requiredScenarioState": now, "newScenarioState": then}
        for now, then in pairwise(states)
    ]


def _meant(kind: str) -> str:
    """The kind that was probably meant: by another word, or misspelt; a status in quotes."""
    word = kind.strip().lower().replace("-", "_").replace(" ", "_")
    if word.isdigit():
        return f"did you mean {word}, without quotes? "
    words = {**{one: f'"{one}"' for one in _KINDS}, **_OTHER_WORDS}
    near = [one for one in words if word and (one.startswith(word) or word.startswith(one))]
    near = near or get_close_matches(word, words, n=1)
    return f"did you mean {words[near[0]]}? " if near else ""


def _written(values: Mapping[str, object]) -> dict[str, str]:
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in values.items()}


def _headers(headers: Mapping[str, str] | None) -> dict[str, Any]:
    return {"headers": dict(headers)} if headers else {}


def _delay(seconds: float) -> dict[str, Any]:
    return {"fixedDelayMilliseconds": round(seconds * 1000)} if seconds else {}
