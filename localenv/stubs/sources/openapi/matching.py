"""WireMock's matchers for the requests that a contract allows."""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

from localenv.stubs.sources.openapi.operations import Operation
from localenv.stubs.sources.openapi.regexes import quoted
from localenv.stubs.sources.openapi.texts import SOME, RequestMatcher

SECTIONS = {"query": "queryParameters", "header": "headers", "cookie": "cookies", "path": "pathParameters"}
SEGMENT = "[^/]+"

_BY_CONNECTION = "mutualTLS"  # no request shows whether it was there
_PATH = "/!$&'()*+,;=:@{}"


def address(operation: Operation) -> RequestMatcher:
    """A request pattern for the method, path, and what the path's key says of query and fragment."""
    pattern: RequestMatcher = {"method": operation.method, **_url(operation.path)}
    for name, value in parse_qsl(operation.query, keep_blank_values=True):
        pattern.setdefault("queryParameters", {})[name] = _equal(value)
    if operation.fragment:
        name, equals, value = operation.fragment.partition("=")
        if equals:
            place = next((one.place for one in operation.parameters if one.name == name), "")
            section = SECTIONS.get(place, "formParameters" if _is_form(operation) else "queryParameters")
            pattern.setdefault(section, {})[name] = _equal(unquote(value))
    return pattern


def _equal(value: str) -> RequestMatcher:
    return {"matches": SOME} if re.fullmatch(r"\{.*\}", value) else {"equalTo": value}


def _is_form(operation: Operation) -> bool:
    return any(one.type.startswith("application/x-www-form-urlencoded") for one in operation.body)


def _url(path: str) -> RequestMatcher:
    if "{" not in path:
        return {"urlPath": encoded(path)}
    names = re.findall(r"\{([^}]*)\}", path)
    if _is_whole(path) and _unique(names) and _unique([*map(template_name, names)]):
        return {
            "urlPathTemplate": re.sub(r"\{([^}]*)\}", lambda found: f"{{{template_name(found[1])}}}", encoded(path))
        }
    parts = re.split(r"(\{[^}]*\})", encoded(path))
    return {"urlPathPattern": "".join(SEGMENT if part[:1] == "{" else quoted(part) for part in parts)}


def encoded(path: str) -> str:
    """A path as it is sent, with its templates."""
    return quote(unquote(path), safe=_PATH)


def template_name(name: str) -> str:
    """The name of a path's parameter as WireMock takes it."""
    return re.sub(r"[^A-Za-z0-9_]", "_", unquote(name))


def _is_whole(path: str) -> bool:
    return all(re.fullmatch(r"\{[^}]*\}", part) for part in path.split("/") if "{" in part)


def _unique(names: list[str]) -> bool:
    return len(set(names)) == len(names)


def both(pattern: RequestMatcher, more: RequestMatcher) -> RequestMatcher:
    """Two request patterns as one."""
    found = dict(pattern)
    for key, value in more.items():
        if isinstance(value, dict) and isinstance(found.get(key), dict):
            merged = dict(found[key])
            for name, matcher in value.items():
                merged[name] = {"and": [merged[name], matcher]} if name in merged else matcher
            found[key] = merged
        elif isinstance(value, list):
            found[key] = [*found.get(key, ()), *value]
        else:
            found[key] = value
    return found


def content_type(*types: str) -> RequestMatcher:
    """A matcher for a Content-Type header of one of these types, with any parameters."""
    each = "|".join(quoted(one.partition(";")[0].strip()).replace("\\*", "[^/;]+") for one in types)
    return {"matches": f"(?i)\\s*({each})\\s*(;.*)?"}


def unauthorized(operation: Operation) -> Iterator[RequestMatcher]:
    """Patterns for requests without the declared security: those that lack one scheme of each alternative."""
    if not operation.security or any(not alternative for alternative in operation.security):
        return
    combinations: list[list[Mapping[str, Any]]] = [[]]
    for alternative in operation.security:
        visible = [one for one in alternative.values() if one.get("type") != _BY_CONNECTION]
        combinations = [[*one, scheme] for one in combinations for scheme in visible][:8]
    for schemes in combinations:
        pattern: dict[str, dict[str, list[RequestMatcher]]] = {}
        for scheme in schemes:
            section, name, matcher = _without(scheme)
            pattern.setdefault(section, {}).setdefault(name, []).append(matcher)
        yield {
            section: {name: each[0] if len(each) == 1 else {"and": each} for name, each in names.items()}
            for section, names in pattern.items()
        }


def _without(scheme: Mapping[str, Any]) -> tuple[str, str, RequestMatcher]:
    if scheme.get("type") == "apiKey" and isinstance(scheme.get("name"), str):
        return SECTIONS.get(str(scheme.get("in")), "headers"), scheme["name"], {"absent": True}
    word = "basic" if str(scheme.get("scheme", "")).lower() == "basic" else "bearer"
    if scheme.get("type") == "http" and str(scheme.get("scheme", "")).lower() not in ("basic", "bearer"):
        return "headers", "Authorization", {"absent": True}
    return "headers", "Authorization", {"not": {"matches": rf"(?i)\s*{word}\s+\S.*"}}
