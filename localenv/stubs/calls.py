"""A request to an upstream and its result, from the journal."""

import json
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from localenv import redaction
from localenv.stubs import vocabulary
from localenv.stubs.recognition import without_mark
from localenv.stubs.urls import path_of, query_of

_EVERY = ("", ".*", "/.*")  # patterns for every URL


@dataclass(frozen=True, kw_only=True)
class Call:
    """A request to an upstream and its response; `time` in seconds since the epoch."""

    id: str
    upstream: str
    method: str
    url: str  # path and query
    time: float
    headers: Mapping[str, str] = field(repr=False)  # by lower-case name
    body: bytes = field(repr=False)
    status: int
    fault: str = ""
    stub: str = ""  # the name of the stub that answered
    matched: bool = True
    answer: bytes = field(default=b"", repr=False)  # the body of the response
    answer_headers: Mapping[str, str] = field(default_factory=dict, repr=False)  # by lower-case name
    operation: str = ""  # of the contract whose own mapping answered
    is_on_purpose: bool = False  # its response need not fit the contract
    nearest: str = ""  # for an unmatched request, the stub with the fewest differences
    differences: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """The URL without its query."""
        return path_of(self.url)

    @property
    def query(self) -> dict[str, str]:
        """The last value of each parameter."""
        return {name: values[-1] for name, values in self.queries.items()}

    @property
    def queries(self) -> dict[str, list[str]]:
        """Every value of each parameter."""
        return parse_qs(query_of(self.url), keep_blank_values=True)

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode(errors="replace")

    @property
    def json(self) -> Any:
        """The body as JSON; raises ValueError if it is not JSON."""
        try:
            return json.loads(self.body)
        except RecursionError as error:
            raise ValueError("the body is nested too deeply") from error

    def document(self) -> dict[str, Any]:
        """As `requests --json` prints it: bodies as text, without values whose name marks them as secret."""
        return {
            "id": self.id,
            "time": self.time,
            "upstream": self.upstream or None,
            "method": self.method,
            "url": redaction.redacted(self.url),
            "headers": {name: _shown_header(name, text) for name, text in self.headers.items()},
            "body": redaction.redacted_traffic(self.text),
            "status": self.status,
            "fault": self.fault or None,
            "answer": redaction.redacted_traffic(self.answer.decode(errors="replace")),
            "stub": self.stub if self.matched else None,
            "nearest": self.nearest or None,
            "differences": list(self.differences),
        }

    @property
    def line(self) -> str:
        """The request and its result in one line, without the upstream's name."""
        differences = f": {'; '.join(self.differences)}" if self.differences else ""
        how = f"stub “{self.stub}”" if self.matched else "no stub matched"
        nearest = f", nearest “{self.nearest}”{differences}" if self.nearest else ""
        return f"{self.method} {redaction.redacted(self.url)} → {self.fault or self.status} ({how}{nearest})"

    def __str__(self) -> str:
        answer = self.fault or str(self.status)
        how = f"stub “{self.stub}”" if self.matched else "no stub matched"
        return f"{self.upstream} {self.method} {redaction.redacted(self.url)} → {answer} ({how})"


def of_event(upstream: str, event: Mapping[str, Any]) -> Call:
    """Convert an event of WireMock's journal."""
    request, stub, response = event["request"], event.get("stubMapping", {}), event.get("response", {})
    return Call(
        id=event["id"],
        upstream=upstream,
        method=request["method"],
        url=request["url"],
        time=request["loggedDate"] / 1000,
        headers={name.lower(): _one(value) for name, value in without_mark(request.get("headers", {})).items()},
        body=b64decode(request.get("bodyAsBase64", "")),
        status=response.get("status", 0),
        fault=event.get("responseDefinition", {}).get("fault", ""),
        stub=name_of(stub),
        matched=event.get("wasMatched", True),
        answer=b64decode(response.get("bodyAsBase64", "")),
        answer_headers={
            name.lower(): _one(value) for name, value in event.get("response", {}).get("headers", {}).items()
        },
        operation=stub.get("metadata", {}).get("localenv", {}).get("operation", ""),
        is_on_purpose=bool(stub.get("metadata", {}).get(vocabulary.ON_PURPOSE)),
    )


def name_of(stub: Mapping[str, Any]) -> str:
    """The name of a stub; without one, its method and URL."""
    pattern = stub.get("request", {})
    url = next((str(pattern[key]) for key in vocabulary.URLS if key in pattern), "")
    method = pattern.get("method", "ANY")
    every = "any request" if method == "ANY" else f"{method} any URL"
    return str(stub.get("name") or (every if url in _EVERY else f"{method} {url}"))


def _shown_header(name: str, text: str) -> str:
    return redaction.HIDDEN if redaction.is_secret_header(name) else redaction.redacted(text)


def _one(value: Any) -> str:
    return value if isinstance(value, str) else ", ".join(value)
