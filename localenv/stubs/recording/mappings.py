"""Exchanges as mappings: clean, folded where they are equal, and a scenario where answers change."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, unquote

from localenv.redaction.recorded import PLACEHOLDER
from localenv.stubs import varying
from localenv.stubs.recording import texts
from localenv.stubs.recording.exchange import RecordedExchange, header
from localenv.stubs.recording.scrubbing import Scrubber
from localenv.stubs.urls import path_of
from localenv.stubs.vocabulary import FIRST_STATE

FOLDER = "recorded"  # below mappings/ and __files/
RECORDED = "recorded"  # our key in the metadata of a mapping

_VOLATILE = re.compile(
    r"date|server|content-(?:length|encoding)|transfer-encoding|connection|keep-alive|age|expires|last-modified|etag|via"
    r"|alt-svc|nel|report-to|reporting-endpoints|server-timing|strict-transport-security|expect-ct|vary|trailer|upgrade"
    r"|proxy-.*|public-key-pins|matched-stub-.*|traceparent|tracestate"
    r"|(?:x-|cf-|x-amz-|x-amzn-|x-b3-|x-cloud-|x-goog-|x-ms-)?(?:.*-)?(?:request|correlation|trace|ray|cf|span|transaction)-?id2?"
    r"|cf-.*|x-served-by|x-cache.*|x-timer|x-runtime|x-powered-by|x-varnish|x-amz-cf-.*|fly-.*|x-vercel-.*"
    r"|x-envoy-.*|x-response-time|x-nf-.*|akamai-.*",
    re.IGNORECASE,
)
_ONCE = re.compile(r"nonce|timestamp|idempotency|request_?id|correlation_?id|trace_?id|sent_?at", re.IGNORECASE)
_FIRST = 5  # priority: that of stubs by hand which say none
_LONGEST = 4096  # characters of a body in its mapping; a longer one is a file
_ENDINGS = {
    "json": ".json", "html": ".html", "xml": ".xml", "plain": ".txt", "csv": ".csv", "png": ".png", "jpeg": ".jpg",
    "gif": ".gif", "webp": ".webp", "pdf": ".pdf", "zip": ".zip", "gzip": ".gz", "svg+xml": ".svg", "css": ".css",
    "javascript": ".js",
}  # fmt: skip


@dataclass(kw_only=True)
class RecordedStub:
    """The mappings for one kind of request, and their body files: each by its name below `__files/`."""

    name: str  # of its file
    mappings: list[dict[str, Any]]
    bodies: dict[str, bytes] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, kw_only=True)
class _Clean:
    """An exchange without secrets."""

    pattern: dict[str, Any]
    response: dict[str, Any]
    title: str
    content: bytes = field(repr=False)
    ending: str

    @property
    def answer(self) -> str:
        return json.dumps([self.response, sha256(self.content).hexdigest()], sort_keys=True)


def stubs(exchanges: Sequence[RecordedExchange], scrubber: Scrubber, host: str, day: str) -> list[RecordedStub]:
    """A stub for each kind of request, in the order of their first ones."""
    groups: dict[str, list[_Clean]] = {}
    for clean in _all_clean(exchanges, scrubber, host):
        groups.setdefault(json.dumps(clean.pattern, sort_keys=True), []).append(clean)
    return [_stub(key, group, {"host": host, "day": day}) for key, group in groups.items()]


def _all_clean(exchanges: Sequence[RecordedExchange], scrubber: Scrubber, host: str) -> Iterator[_Clean]:
    """Each exchange without secrets: one may stand in an earlier exchange than the one whose names tell it."""
    first = [(one, _clean(one, scrubber, host), scrubber.looked_in()) for one in exchanges]
    for one, clean, looked_in in first:
        yield _clean(one, scrubber, host) if scrubber.found_later(looked_in) else clean


def _stub(key: str, group: list[_Clean], about: dict[str, str]) -> RecordedStub:
    name = f"{_slug(group[0].title)}-{sha256(key.encode()).hexdigest()[:8]}"
    answers = group if len({one.answer for one in group}) > 1 else group[:1]
    stub = RecordedStub(name=name, mappings=[])
    for number, one in enumerate(answers, 1):
        mapping: dict[str, Any] = {"name": one.title}
        if len(answers) > 1:
            mapping |= {
                "name": f"{one.title} ({number} of {len(answers)})",
                "scenarioName": name,
                "requiredScenarioState": FIRST_STATE if number == 1 else str(number),
                **({"newScenarioState": str(number + 1)} if number < len(answers) else {}),
            }
        response = one.response | _body(one, f"{name}{f'-{number}' if len(answers) > 1 else ''}", stub.bodies)
        mapping |= {"priority": _priority(one.pattern), "request": one.pattern, "response": response}
        mapping |= {"metadata": {RECORDED: about}}
        stub.mappings.append(mapping)
    return stub


def _priority(pattern: dict[str, Any]) -> int:
    """From WireMock's own, 5, to 9: of two stubs that match a request, the one with more conditions answers."""
    conditions = sum(len(pattern.get(key, ())) for key in ("queryParameters", "formParameters", "bodyPatterns"))
    if "urlPath" in pattern:
        return _FIRST + 2 - min(conditions, 2)
    return _FIRST + 4 - min(conditions, 1)


def _body(one: _Clean, name: str, bodies: dict[str, bytes]) -> dict[str, Any]:
    if not one.content:
        return {}
    try:
        text = one.content.decode()
    except UnicodeDecodeError:
        text = ""
    if text and len(text) <= _LONGEST and "\0" not in text:
        found = _json(text)
        return {"jsonBody": found} if isinstance(found, dict | list) else {"body": text}
    bodies[f"{FOLDER}/{name}{one.ending}"] = one.content
    return {"bodyFileName": f"{FOLDER}/{name}{one.ending}"}


def _clean(one: RecordedExchange, scrubber: Scrubber, host: str) -> _Clean:
    for name, value in one.asked:
        scrubber.learn(name, value)
    path, _, query = one.url.partition("?")
    clean_path = scrubber.url(path)
    pattern: dict[str, Any] = {"method": one.method, **_path(clean_path)}
    if query:
        pattern["queryParameters"] = _parameters(scrubber.form(query))
    kind = header(one.asked, "content-type")
    if one.body and (sent := texts.decoded(one.body, kind)) is not None:
        clean = scrubber.body(sent.text, kind)
        pattern |= _asked(clean, kind) if sent.is_sure else {}
    answered = header(one.headers, "content-type")
    answer = texts.decoded(one.answer, answered)
    return _Clean(
        pattern=pattern,
        response={"status": one.status, **_headers(one, scrubber, host)},
        title=f"{one.method} {unquote(clean_path)}",
        content=one.answer if answer is None else answer.encoded(scrubber.body(answer.text, answered)),
        ending=_ENDINGS.get(answered.partition(";")[0].strip().lower().rpartition("/")[2], ".bin"),
    )


def _headers(one: RecordedExchange, scrubber: Scrubber, host: str) -> dict[str, Any]:
    found: dict[str, list[str]] = {}
    for name, value in one.headers:
        is_size = one.method == "HEAD" and name.lower() == "content-length"  # which no body tells
        if is_size or not _VOLATILE.fullmatch(name):
            local = value.removeprefix(host) or "/" if value.startswith(host) else value
            found.setdefault(name, []).append(scrubber.header(name, local))
    headers = {name: values[0] if len(values) == 1 else values for name, values in found.items()}
    return {"headers": headers} if headers else {}


def _path(path: str) -> dict[str, str]:
    if not PLACEHOLDER.search(unquote(path)):
        return {"urlPath": path or "/"}
    return {"urlPathPattern": _loose(unquote(path), "[^/]+")}


def _parameters(query: str) -> dict[str, Any]:
    found: dict[str, list[dict[str, Any]]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        found.setdefault(name, []).append(_value(value, name))
    return {name: values[0] if len(values) == 1 else {"hasExactly": values} for name, values in found.items()}


def _value(value: str, name: str) -> dict[str, str]:
    if PLACEHOLDER.search(value):
        return {"matches": f"(?s){_loose(value, '.+')}"}
    return {"matches": "(?s).+"} if value and _ONCE.search(name) else {"equalTo": value}


def _asked(body: str, kind: str) -> dict[str, Any]:
    kind = kind.partition(";")[0].strip().lower()
    if kind.endswith("x-www-form-urlencoded"):
        return {"formParameters": _parameters(body)}
    found = _json(body)
    if isinstance(found, dict | list):
        return {"bodyPatterns": [{"equalToJson": varying.replaced(found, _varies)}]}
    if kind.startswith("multipart/"):
        return {}
    is_clean = not PLACEHOLDER.search(body)
    return {"bodyPatterns": [{"equalTo": body} if is_clean else {"matches": f"(?s){_loose(body, '.+?')}"}]}


def _varies(value: str | int | float, name: str) -> bool:
    if isinstance(value, str):
        return bool(PLACEHOLDER.search(value) or (value and _ONCE.search(name)))
    return bool(PLACEHOLDER.fullmatch(repr(value)) or _ONCE.search(name))


def _loose(text: str, anything: str) -> str:
    """An expression for a text in which each placeholder stands for any value."""
    return "".join(_pieces(text, anything))


def _pieces(text: str, anything: str) -> Iterator[str]:
    end = 0
    for found in PLACEHOLDER.finditer(text):
        yield varying.quoted(text[end : found.start()])
        yield anything
        end = found.end()
    yield varying.quoted(text[end:])


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _slug(title: str) -> str:
    path = PLACEHOLDER.sub("x", path_of(title).lower())
    return re.sub(r"[^a-z0-9]+", "-", path).strip("-")[:60].rstrip("-") or "root"
