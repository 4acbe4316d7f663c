"""Build WireMock mappings from a short description of requests and responses."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import pairwise
from secrets import token_hex
from typing import Any
from urllib.parse import parse_qsl

from localenv.stubs.vocabulary import FIRST_STATE

UNSAID: Any = object()  # because None is a JSON value

_FAULTS = {
    "empty": "EMPTY_RESPONSE",  # closes the connection without data
    "reset": "CONNECTION_RESET_BY_PEER",
    "garbage": "RANDOM_DATA_THEN_CLOSE",  # the other one is a whole answer for clients that close their connection
}
_TRUNCATED = "truncated"  # a body shorter than its Content-Length
_MALFORMED = "malformed"  # a whole answer, whose JSON is cut short inside
KINDS = (_MALFORMED, _TRUNCATED, *_FAULTS)
_OTHER_WORDS = {  # synonyms that a test may use
    **{fault.lower(): f'"{kind}"' for kind, fault in _FAULTS.items()},
    "malformed_response_chunk": '"garbage"',
    "random": '"garbage"',
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
_MOST_TIMES = 100  # each needs a separate mapping
_HALF_A_BODY = '{"id": "'
_BROKEN_JSON = '{"id": "1", "items": [{"name": "la'


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """The requests that a stub matches; numbers in `query` and `headers` match their text."""

    method: str = "ANY"
    path: str = ""  # with `{name}` for any segment; empty: every path
    query: Mapping[str, object] | None = None
    json: Any = UNSAID  # the body contains this, and may contain more
    headers: Mapping[str, object] | None = None

    def __post_init__(self) -> None:
        path = self.path if self.path[:1] in ("", "/", "?") else f"/{self.path}"
        query: Mapping[str, object] = self.query or {}
        if "{" in path and "?" in path:  # a template applies to a path without a query
            path, _, rest = path.partition("?")
            query = dict(parse_qsl(rest, keep_blank_values=True)) | dict(query)
        object.__setattr__(self, "method", self.method.upper())
        object.__setattr__(self, "path", path)
        object.__setattr__(self, "query", _written(query))
        object.__setattr__(self, "headers", _written(self.headers or {}))

    def pattern(self) -> dict[str, Any]:
        """The request pattern in WireMock's format."""
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
    """A complete response; `delay` in seconds. Raises ValueError for two bodies."""
    if json is not UNSAID and body is not None:
        raise ValueError("a response has one body: json or body")
    found: dict[str, Any] = {"status": status}
    if json is not UNSAID:
        found |= {"jsonBody": json} if json is not None else {"body": "null"}  # WireMock treats null as no body
        headers = {"Content-Type": "application/json"} | dict(headers or {})
    elif isinstance(body, str):
        found["body"] = body  # a template where the upstream has `templating: all`
    elif body is not None:
        found["base64Body"] = b64encode(body).decode()
    return found | _headers(headers) | _delay(delay)


def failure(kind: int | str | None = None, *, slow: float = 0) -> dict[str, Any]:
    """A status or a broken connection; `slow` delays it, in seconds. A failure that is only slow ends with 503."""
    if kind is None and not slow:
        raise ValueError(f"give a status, slow=SECONDS, or one of {', '.join(KINDS)}")
    if kind is None or isinstance(kind, int):
        return {"status": kind or 503} | _delay(slow)
    if kind == _MALFORMED:
        about = {"Content-Type": "application/json"}
        return {"status": 200, "body": _BROKEN_JSON} | _headers(about) | _delay(slow)
    if kind == _TRUNCATED:
        about = {"Content-Type": "application/json", "Content-Length": "1024"}
        return {"status": 200, "body": _HALF_A_BODY} | _headers(about) | _delay(slow)
    if kind not in _FAULTS:
        raise ValueError(f"unknown failure '{kind}'; {_meant(kind)}use a status, or one of {', '.join(KINDS)}")
    return {"status": 200, "fault": _FAULTS[kind]} | _delay(slow)


def limited(mapping: Mapping[str, Any], times: int | None) -> list[dict[str, Any]]:
    """Mappings that together answer that many requests; None: unlimited. Raises ValueError for 0."""
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
    """A suggestion for an unknown kind: a synonym, a misspelling, or a status in quotes."""
    word = kind.strip().lower().replace("-", "_").replace(" ", "_")
    if word.isdigit():
        return f"did you mean {word}, without quotes? "
    words = {**{one: f'"{one}"' for one in KINDS}, **_OTHER_WORDS}
    near = (
        [word] if word in words else [one for one in words if word and (one.startswith(word) or word.startswith(one))]
    )
    near = near or get_close_matches(word, words, n=1)
    return f"did you mean {words[near[0]]}? " if near else ""


def _written(values: Mapping[str, object]) -> dict[str, str]:
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in values.items()}


def _headers(headers: Mapping[str, str] | None) -> dict[str, Any]:
    return {"headers": dict(headers)} if headers else {}


def _delay(seconds: float) -> dict[str, Any]:
    return {"fixedDelayMilliseconds": round(seconds * 1000)} if seconds else {}
