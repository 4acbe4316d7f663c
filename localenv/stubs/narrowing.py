"""Limit a request pattern to the requests of another: by method and path."""

import re
from collections.abc import Mapping
from typing import Any

from localenv.stubs import expressions, vocabulary
from localenv.stubs.overlap import of_template
from localenv.stubs.urls import path_of

_PART = re.compile(r"(\{[^}]*\}|\*)")


def path_expression(path: str) -> str:
    """The regular expression of a path with `{name}` for a segment and `*` for anything; empty for every path."""
    forms = {"*": ".*", "{": "[^/]+"}
    parts = _PART.split(path) if path else []
    return "".join(forms.get(part[:1], "") if _PART.fullmatch(part) else re.escape(part) for part in parts)


def pattern(method: str, path: str) -> dict[str, Any]:
    """The request pattern of a method and a path."""
    if "*" in path:
        return {"method": method, "urlPathPattern": path_expression(path)}
    if not path:
        return {"method": method, "urlPattern": ".*"}
    return {"method": method, "urlPathTemplate" if "{" in path else "urlPath": path}


def joined(request: Mapping[str, Any], also: Mapping[str, Any]) -> dict[str, Any]:
    """The pattern with further conditions: parameters and headers by name, and patterns of the body."""
    found = dict(request)
    for key, more in also.items():
        known = found.get(key)
        if isinstance(more, Mapping):
            known = known or {}
            same = {name: {"and": [known[name], one]} if name in known else one for name, one in more.items()}
            found[key] = {**known, **same}
        else:
            found[key] = [*(known or ()), *more]
    return found


def narrowed(request: Mapping[str, Any], method: str, path: str) -> dict[str, Any] | None:
    """The pattern limited to a method and a path; None if no request can match both."""
    own = str(request.get("method", "ANY")).upper()
    if "ANY" not in (own, method) and own != method:
        return None
    limited = {**request, "method": method if own == "ANY" else own}
    return _with_path(limited, path) if path else limited


def _with_path(request: dict[str, Any], path: str) -> dict[str, Any] | None:
    wanted = path_expression(path)
    key = next((key for key in vocabulary.URLS if key in request), "")
    written = str(request.get(key, ""))
    match key:
        case "":
            return {**request, "urlPathPattern": wanted}
        case "url" | "urlPath":
            return request if expressions.matches(wanted, path_of(written)) else None
        case "urlPathPattern":
            return {**request, key: f"(?=(?:{wanted})$)(?:{written})"}
        case "urlPattern":
            return {**request, key: f"(?=(?:{wanted})(?:\\?.*)?$)(?:{written})"}
        case _:
            return _template(request, written, path, wanted)


def _template(request: dict[str, Any], written: str, path: str, wanted: str) -> dict[str, Any] | None:
    """A path template keeps its variables, because templates of responses use them."""
    if not _PART.search(path) and not expressions.matches(of_template(written), path):
        return None
    steps, others = path.split("/"), written.split("/")
    if "*" in path:
        return request if path.partition("*")[0].startswith(written.partition("{")[0]) else None
    if len(steps) != len(others):
        return None
    fixed: dict[str, Any] = {}
    for step, other in zip(steps, others, strict=True):
        is_open = step.startswith("{")
        if other.startswith("{"):
            fixed |= {} if is_open else {other.strip("{}"): {"equalTo": step}}
        elif not is_open and step != other:
            return None
    known = request.get("pathParameters", {})
    both = {name: {"and": [known[name], one]} if name in known else one for name, one in fixed.items()}
    return {**request, "pathParameters": {**known, **both}} if fixed else request
