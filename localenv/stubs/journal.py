"""Explain an unmatched request: the nearest stub, and the differences in plain words."""

import difflib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from localenv import redaction
from localenv.stubs import expressions, pasting, vocabulary
from localenv.stubs.calls import name_of
from localenv.stubs.overlap import of_template
from localenv.stubs.recognition import host_of
from localenv.stubs.urls import path_of

AskServer = Callable[[Mapping[str, Any]], bool]  # whether any request in the journal matches a request pattern

_LIKELY = 100  # stubs to compare with a request, of which
_CANDIDATES = 12  # stubs to compare in detail, for each request
_HIDDEN = "another value"  # shown instead of a secret value
_LONGEST = 120  # characters of a matcher or value to show
_LONGEST_URL = 300  # characters of a URL to compare


@dataclass(frozen=True, kw_only=True)
class Unanswered:
    """An unmatched request; `nearest` and `source` are empty if the upstream has no stubs."""

    upstream: str
    method: str
    url: str  # path and query
    time: float  # seconds since the epoch
    times: int = 1  # number of equal requests
    host: str = ""  # its Host header
    nearest: str = ""  # the stub's name, or its method and URL
    source: str = ""  # the stub's file
    differences: tuple[str, ...] = ()
    mapping: str = ""  # JSON of a stub that would match it


def identity(request: Mapping[str, Any], upstream: str) -> str:
    """A key that is equal for requests that every stub treats the same; for no upstream, the Host header decides."""
    host = "" if upstream else host_of(request)
    return json.dumps([request["method"], request["url"], request.get("bodyAsBase64", ""), host])


def explain(
    upstream: str,
    requests: Sequence[Mapping[str, Any]],
    stubs: Sequence[Mapping[str, Any]],
    states: Mapping[str, str],
    ask: AskServer,
) -> Unanswered:
    """Explain equal requests of the journal by the stubs of their upstream and the states of its scenarios."""
    request = requests[0]
    stub, differences = next(iter(nearest(request, stubs, states, ask)), ({}, ()))
    return Unanswered(
        upstream=upstream,
        method=request["method"],
        url=request["url"],
        time=request["loggedDate"] / 1000,
        times=len(requests),
        host=host_of(request),
        nearest=name_of(stub) if stub else "",
        source=stub.get("metadata", {}).get("localenv", {}).get("source", ""),
        differences=differences,
        mapping=json.dumps(pasting.mapping(request), indent=2, ensure_ascii=False),
    )


def nearest(
    request: Mapping[str, Any],
    stubs: Sequence[Mapping[str, Any]],
    states: Mapping[str, str],
    ask: AskServer,
    most: int = 1,
) -> list[tuple[Mapping[str, Any], tuple[str, ...]]]:
    """The stubs with the fewest differences, each with these; a very different URL counts as several.

    Of equally near ones the first of `stubs` comes first. Queries the server for the most promising stubs first, and
    only for those that can be nearer than the best so far.
    """
    found: list[tuple[float, Mapping[str, Any], tuple[str, ...]]] = []
    likely = sorted(stubs, key=lambda stub: _rough(request, stub))[:_LIKELY] if len(stubs) > _LIKELY else stubs
    ranked = sorted(((_weight(request, stub), stub) for stub in likely), key=lambda pair: pair[0])
    for weight, stub in ranked[:_CANDIDATES]:
        if len(found) == most and weight >= found[-1][0]:
            break
        differences = _differences(request, stub, states, ask)
        found.append((_far(request, stub) + len(differences), stub, differences))
        found = sorted(found, key=lambda one: one[0])[:most]
    return [(stub, differences) for _, stub, differences in found]


def _rough(request: Mapping[str, Any], stub: Mapping[str, Any]) -> float:
    """About the same as `_weight`, in no time: URLs are compared by their beginning and end."""
    pattern = stub.get("request", {})
    method = pattern.get("method", "ANY") not in {"ANY", request["method"]}
    if _url_matches(pattern, request["url"]):
        return method
    wanted, asked = (text[:_LONGEST_URL] for text in (_wanted(pattern), request["url"]))
    same = _beginning(wanted, asked) + _beginning(wanted[::-1], asked[::-1])
    return method + 1 + 3 * (1 - min(same / max(len(wanted), len(asked), 1), 1))


def _beginning(one: str, other: str) -> int:
    """The number of equal first characters."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _wanted(pattern: Mapping[str, Any]) -> str:
    return str(next((pattern[key] for key in vocabulary.URLS if key in pattern), ""))


def _weight(request: Mapping[str, Any], stub: Mapping[str, Any]) -> float:
    """A lower bound of the differences, computed without the server."""
    pattern = stub.get("request", {})
    method = pattern.get("method", "ANY") not in {"ANY", request["method"]}
    sent = {name.lower() for name in request.get("headers", {})}
    missing = [name for name, one in pattern.get("headers", {}).items() if _is_needed(one) and name.lower() not in sent]
    asked = request.get("queryParams", {})
    missing += [
        name for name, one in pattern.get("queryParameters", {}).items() if _is_needed(one) and name not in asked
    ]
    is_elsewhere = not _url_matches(pattern, request["url"])
    return method + is_elsewhere + len(missing) + _far(request, stub)


def _is_needed(matcher: Any) -> bool:
    return isinstance(matcher, Mapping) and not {"equalTo", "contains", "matches"}.isdisjoint(matcher)


def _far(request: Mapping[str, Any], stub: Mapping[str, Any]) -> float:
    """The distance of the URLs, up to 3; 0 if the stub's URL matches."""
    pattern = stub.get("request", {})
    if _url_matches(pattern, request["url"]):
        return 0
    wanted = _wanted(pattern)
    compared = difflib.SequenceMatcher(None, wanted[:_LONGEST_URL], request["url"][:_LONGEST_URL], autojunk=False)
    return 3 * (1 - compared.ratio())


def _url_matches(pattern: Mapping[str, Any], url: str) -> bool:
    path = path_of(url)
    for key in vocabulary.URLS:
        if key not in pattern:
            continue
        wanted = pattern[key]
        if key in {"url", "urlPath"}:
            return bool(wanted == (url if key == "url" else path))
        expression = of_template(wanted) if key == "urlPathTemplate" else wanted
        return expressions.matches(expression, url if key == "urlPattern" else path)
    return True


def _differences(
    request: Mapping[str, Any], stub: Mapping[str, Any], states: Mapping[str, str], ask: AskServer
) -> tuple[str, ...]:
    pattern = stub.get("request", {})
    found = []
    if pattern.get("method", "ANY") not in {"ANY", request["method"]}:
        found.append(f"method {request['method']}, the stub expects {pattern['method']}")
    if not _url_matches(pattern, request["url"]):
        key = next(key for key in vocabulary.URLS if key in pattern)
        found.append(f"URL {request['url']}, the stub expects {key} {pattern[key]}")
    same = _only(request)
    found += [words for part, words in _parts(request, pattern) if not ask(_both(same, part))]
    state = stub.get("requiredScenarioState")
    now = states.get(stub.get("scenarioName", ""), state)
    if state != now:
        found.append(f"the scenario is in state '{now}', the stub expects '{state}'")
    return tuple(found)


def _parts(request: Mapping[str, Any], pattern: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], str]]:
    """The conditions of a pattern besides method and URL: each as a separate pattern, with the words for a mismatch."""
    sent = {name.lower(): value for name, value in request.get("headers", {}).items()}
    for name, matcher in pattern.get("headers", {}).items():
        yield {"headers": {name: matcher}}, _mismatch(f"header {name}", sent.get(name.lower()), _hidden(name, matcher))
    for name, matcher in pattern.get("queryParameters", {}).items():
        values = request.get("queryParams", {}).get(name, {}).get("values")
        value = values[0] if values and len(values) == 1 else values
        yield {"queryParameters": {name: matcher}}, _mismatch(f"query parameter {name}", value, _hidden(name, matcher))
    for name, matcher in pattern.get("pathParameters", {}).items():
        one = {"urlPathTemplate": pattern.get("urlPathTemplate", ""), "pathParameters": {name: matcher}}
        yield one, f"path parameter {name}, the stub expects {_short(matcher)}"
    for key, words in (("formParameters", "form parameter"), ("cookies", "cookie")):
        for name, matcher in pattern.get(key, {}).items():
            shown = _short(_HIDDEN if key == "cookies" else _hidden(name, matcher))
            yield {key: {name: matcher}}, f"{words} {name}, the stub expects {shown}"
    for matcher in pattern.get("bodyPatterns", ()):
        yield {"bodyPatterns": [matcher]}, f"the body, the stub expects {_short(matcher)}"
    for key in ("multipartPatterns", "clientIp", "host", "port", "scheme"):
        if key in pattern:
            yield {key: pattern[key]}, f"{key}, the stub expects {_short(pattern[key])}"
    if "basicAuthCredentials" in pattern:
        yield {"basicAuthCredentials": pattern["basicAuthCredentials"]}, "the user or password of basic authentication"


def _only(request: Mapping[str, Any]) -> dict[str, Any]:
    """A pattern that matches only this request of the journal and those that every stub treats the same."""
    return {
        "method": request["method"],
        "url": request["url"],
        "headers": {
            name: {"equalTo": value} if isinstance(value, str) else {"hasExactly": [{"equalTo": one} for one in value]}
            for name, value in request.get("headers", {}).items()
        },
        **({"bodyPatterns": [{"binaryEqualTo": body}]} if (body := request.get("bodyAsBase64")) else {}),
    }


def _both(same: Mapping[str, Any], part: Mapping[str, Any]) -> dict[str, Any]:
    headers = dict(same["headers"])
    for name, matcher in part.get("headers", {}).items():
        own = next((one for one in headers if one.lower() == name.lower()), None)
        headers[own or name] = {"and": [headers[own] if own else {"absent": True}, matcher]}
    bodies = [*same.get("bodyPatterns", ()), *part.get("bodyPatterns", ())]
    url = {} if "urlPathTemplate" in part else {"url": same["url"]}  # only one key of a URL
    kept = {key: value for key, value in same.items() if key != "url"} | url
    return {**kept, **part, "headers": headers, **({"bodyPatterns": bodies} if bodies else {})}


def _hidden(name: str, matcher: Any) -> Any:
    """The expected value of a matcher, masked if its name marks it as secret."""
    return _HIDDEN if redaction.is_secret_header(name) else matcher


def _mismatch(what: str, value: Any, matcher: Any) -> str:
    if value is None and matcher == _HIDDEN:
        return f"{what} is missing"
    is_now = "is missing" if value is None else "is hidden" if matcher == _HIDDEN else f"is {_short(value)}"
    return f"{what} {is_now}, the stub expects {_short(matcher)}"


def _short(value: Any) -> str:
    if isinstance(value, Mapping) and len(value) == 1:
        name, operand = next(iter(value.items()))
        text = f"{name} {operand if isinstance(operand, str) else json.dumps(operand, ensure_ascii=False)}"
    else:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = redaction.redacted_traffic(text)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
