"""Judge by the contracts of an upstream: what its journal shows, and what its hand-written mappings say."""

import json
import re
from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from localenv import redaction
from localenv.errors.problems import Problem
from localenv.stack import Upstream
from localenv.stubs import compression, expressions, jackson, sources, templating, vocabulary
from localenv.stubs.calls import Call
from localenv.stubs.sources.kind import UNKNOWN, Exchange, Judge, Loaded, SourceMapping, Verdict

_LITERAL = re.compile(r"[/\w%-]+(?![\w%*?{+|/-])")  # what a regular expression begins with
_REFUSED = 400
_ENCODING = "content-encoding"
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True, kw_only=True)
class Violation:
    """A request to an upstream that, or whose response, its contract does not allow."""

    upstream: str
    call: Call
    verdict: Verdict

    def __str__(self) -> str:
        return f"{self.upstream}: {self.verdict}"

    def document(self) -> dict[str, Any]:
        """As `check --traffic --json` prints it."""
        return {
            "upstream": self.upstream,
            "method": self.call.method,
            "url": redaction.redacted(self.call.url),
            "status": self.call.status,
            "operation": self.verdict.operation,
            "part": self.verdict.part,
            "pointer": self.verdict.pointer,
            "reason": self.verdict.reason,
        }


class Contracts:
    """The judges of some upstreams, each made when it is first asked."""

    def __init__(self, upstreams: Mapping[str, Upstream]) -> None:
        self._upstreams = upstreams
        self._judges: dict[str, tuple[str, list[Judge]]] = {}

    def has(self, upstream: str) -> bool:
        """Whether an upstream has a contract."""
        known = self._upstreams.get(upstream)
        return known is not None and any(map(sources.is_contract, known.sources))

    def violations(self, calls: Iterable[Call]) -> Iterator[Violation]:
        """What the contracts do not allow in these requests and their responses; unmatched ones are no exchange."""
        judges: dict[str, list[Judge]] = {}
        for call in calls:
            if not call.matched:
                continue
            if call.upstream not in judges:
                judges[call.upstream] = self._of(call.upstream) if self.has(call.upstream) else []
            for judge in judges[call.upstream]:
                for verdict in judge.judge(exchange(call)):
                    yield Violation(upstream=call.upstream, call=call, verdict=verdict)

    def _of(self, name: str) -> list[Judge]:
        upstream = self._upstreams[name]
        digest = sources.digest(one for one in upstream.sources if sources.is_contract(one))
        if self._judges.get(name, ("", []))[0] != digest:
            self._judges[name] = (digest, _judges(upstream))
        return self._judges[name][1]


def exchange(call: Call) -> Exchange:
    """A request of the journal and its response."""
    encoding = call.answer_headers.get(_ENCODING, "")
    is_opaque = not compression.is_readable(encoding)
    return Exchange(
        method=call.method,
        url=call.url,
        headers=call.headers,
        body=compression.decompressed(call.body, call.headers.get(_ENCODING, "")),
        status=call.status,
        answer_headers=call.answer_headers,
        answer=b"" if is_opaque else compression.decompressed(call.answer, encoding),
        fault=call.fault or _truncated(call.answer_headers, call.answer),
        is_own=bool(call.operation) or call.is_on_purpose,
        is_opaque=is_opaque,
    )


def _truncated(headers: Mapping[str, str], body: bytes) -> str:
    """A name for a body that ends before its Content-Length: it was cut on purpose."""
    length = headers.get("content-length", "")
    return "truncated" if length.isdigit() and int(length) > len(body) else ""


def mistakes(upstream: Upstream, read: Sequence[Loaded]) -> Iterator[Problem]:
    """What the hand-written mappings of an upstream answer that its contract does not allow; starts nothing."""
    written = [one for one in read if not sources.is_contract(one.source)]
    judges = _judges(upstream) if written else []
    for source, mappings in written if judges else ():
        bodies = sources.bodies(source)
        for one in reversed(mappings):
            for judge in judges:
                yield from _mistakes(judge, one, bodies, is_templated=upstream.is_templated)


def _judges(upstream: Upstream) -> list[Judge]:
    contracts = ((one, sources.contract(one)) for one in upstream.sources)
    return [contract.judge(source) for source, contract in contracts if contract]


def _mistakes(judge: Judge, one: SourceMapping, bodies: Mapping[str, Path], *, is_templated: bool) -> Iterator[Problem]:
    mapping = jackson.without_nulls(one.mapping)
    request, response = mapping.get("request", {}), mapping.get("response", {})
    is_on_purpose = mapping.get("metadata", {}).get(vocabulary.ON_PURPOSE)
    if is_on_purpose or not isinstance(response, Mapping) or "proxyBaseUrl" in response:
        return
    given = _answer(response, bodies, is_templated=is_templated)
    if one.asked:
        is_refused = given.status >= _REFUSED  # may be asked wrongly on purpose
        sent = replace(given, headers=one.asked.headers, body=one.asked.body)
        given = replace(sent, is_unasked=is_refused, is_example=True)
        asked = [(one.asked.method, one.asked.url)]
    else:
        method = str(request.get("method", "ANY")).upper()
        methods = [method] if method != "ANY" else _METHODS
        asked = [(each, url) for each in methods for url in _urls(judge, each, request)]
    judged = [judge.judge(replace(given, method=method, url=url)) for method, url in asked]
    known = [found for found in judged if not any(verdict.reason == UNKNOWN for verdict in found)]
    for verdict in min(known or judged, key=len, default=()):
        where = ("request",) if verdict.part == "request" else ("response",)
        yield Problem(f"does not fit the contract: {verdict}", one.at(where))


def _urls(judge: Judge, method: str, request: Mapping[str, Any]) -> Iterator[str]:
    """A URL that a mapping matches, or one of each operation that its regular expression is for."""
    if url := _url(request):
        yield url
        return
    pattern = jackson.text(request.get("urlPathPattern"))
    if not pattern and (whole := jackson.text(request.get("urlPattern"))):
        pattern = whole.partition("\\?")[0]
    if pattern and expressions.is_quick(pattern):
        start = _LITERAL.match(pattern)
        near = (path for path in judge.paths(method) if not start or path.startswith(start[0]))
        yield from (path for path in near if expressions.matches(pattern, path))


def _url(request: Mapping[str, Any]) -> str:
    """A URL that a mapping matches; empty if it has a regular expression."""
    if template := jackson.text(request.get("urlPathTemplate")):
        return "/".join("1" if "{" in part else part for part in template.split("/"))
    return jackson.text(request.get("url")) or jackson.text(request.get("urlPath")) or ""


def _answer(response: Mapping[str, Any], bodies: Mapping[str, Path], *, is_templated: bool) -> Exchange:
    headers = {name.lower(): _one(value) for name, value in dict(response.get("headers") or {}).items()}
    body = _content(response, bodies)
    encoding = headers.get(_ENCODING, "")
    is_template = (is_templated or templating.TRANSFORMER in response.get("transformers", ())) and b"{{" in body
    is_opaque = is_template or not compression.is_readable(encoding)
    status = jackson.whole(response.get("status"))
    return Exchange(
        method="",
        url="",
        status=200 if status is None else status,
        answer_headers=headers,
        answer=b"" if is_opaque else compression.decompressed(body, encoding),
        fault=str(response.get("fault", "")) or _truncated(headers, body),
        is_unasked=True,
        is_opaque=is_opaque,
    )


def _content(response: Mapping[str, Any], bodies: Mapping[str, Path]) -> bytes:
    if "jsonBody" in response:
        return json.dumps(response["jsonBody"]).encode()
    if encoded := jackson.text(response.get("base64Body")):
        return b64decode(encoded + "=" * (-len(encoded) % 4))
    if (name := jackson.text(response.get("bodyFileName"))) and name in bodies:
        return bodies[name].read_bytes()
    return (jackson.text(response.get("body")) or "").encode()


def _one(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
