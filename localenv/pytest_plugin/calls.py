"""What an upstream was asked, as its journal has it."""

import json
import re
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from localenv.pytest_plugin.answers import UNSAID, Wanted
from localenv.stubs.recognition import MARK


@dataclass(frozen=True, kw_only=True)
class Call:
    """A request to an upstream and what it was answered; `time` in seconds since the epoch."""

    id: str
    upstream: str
    method: str
    url: str  # path and query
    time: float
    headers: Mapping[str, str] = field(repr=False)  # by lower-case name
    body: bytes = field(repr=False)
    status: int
    fault: str = ""
    stub: str = ""  # the name of the one that answered
    matched: bool = True

    @property
    def path(self) -> str:
        """The URL without its query."""
        return urlsplit(self.url).path

    @property
    def query(self) -> dict[str, str]:
        """The last value of each parameter."""
        return {name: values[-1] for name, values in self.queries.items()}

    @property
    def queries(self) -> dict[str, list[str]]:
        """Every value of each parameter."""
        return parse_qs(urlsplit(self.url).query, keep_blank_values=True)

    @property
    def text(self) -> str:
        """The body."""
        return self.body.decode(errors="replace")

    @property
    def json(self) -> Any:
        """The body; raises ValueError where it is no JSON."""
        return json.loads(self.body)

    def __str__(self) -> str:
        answer = self.fault or str(self.status)
        how = f"stub “{self.stub}”" if self.matched else "no stub matched"
        return f"{self.upstream} {self.method} {self.url} → {answer} ({how})"


def of_event(upstream: str, event: Mapping[str, Any]) -> Call:
    """An event of WireMock's journal."""
    request, stub = event["request"], event.get("stubMapping", {})
    pattern = stub.get("request", {})
    url = next((str(pattern[key]) for key in ("urlPath", "urlPathTemplate", "url", "urlPattern") if key in pattern), "")
    return Call(
        id=event["id"],
        upstream=upstream,
        method=request["method"],
        url=request["url"],
        time=request["loggedDate"] / 1000,
        headers={name.lower(): _one(value) for name, value in request.get("headers", {}).items() if name != MARK},
        body=b64decode(request.get("bodyAsBase64", "")),
        status=event.get("response", {}).get("status", 0),
        fault=event.get("responseDefinition", {}).get("fault", ""),
        stub=stub.get("name") or f"{pattern.get('method', 'ANY')} {url}",
        matched=event.get("wasMatched", True),
    )


def fits(call: Call, wanted: Wanted) -> bool:
    """Whether a call is one of those; as the stub server would say."""
    if wanted.method not in ("ANY", call.method) or not _path_fits(call, wanted.path):
        return False
    if any(value not in call.queries.get(name, ()) for name, value in (wanted.query or {}).items()):
        return False
    if any(call.headers.get(name.lower()) != value for name, value in (wanted.headers or {}).items()):
        return False
    return wanted.json is UNSAID or holds(call, wanted.json, longer=True)


def holds(call: Call, expected: Any, *, longer: bool = False) -> bool:
    """Whether the body is JSON with all that is expected in it; it may have more members.

    `longer`: and its lists more items at their end, as the stub server has it.
    """
    try:
        return _within(expected, call.json, longer)
    except ValueError:
        return False


def _within(expected: Any, found: Any, longer: bool) -> bool:
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        return all(key in found and _within(value, found[key], longer) for key, value in expected.items())
    if isinstance(expected, list) and isinstance(found, list):
        enough = len(expected) <= len(found) if longer else len(expected) == len(found)
        return enough and all(_within(*pair, longer) for pair in zip(expected, found, strict=False))
    return bool(expected == found) and isinstance(expected, bool) == isinstance(found, bool)


def _path_fits(call: Call, path: str) -> bool:
    if not path:
        return True
    if "?" in path:
        return call.url == path
    parts = re.split(r"(\{[^}]*\})", path)
    return (
        re.fullmatch("".join("[^/]+" if part[:1] == "{" else re.escape(part) for part in parts), call.path) is not None
    )


def _one(value: Any) -> str:
    return value if isinstance(value, str) else ", ".join(value)
