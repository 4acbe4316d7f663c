"""A mapping to paste, which matches a request of the journal and the next such requests."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, unquote

from localenv.stubs import varying
from localenv.stubs.urls import path_of

_FORM = "application/x-www-form-urlencoded"
_BOUNDARY = re.compile(r"""^multipart/.*\bboundary="?([^";,]+)""", re.IGNORECASE)
_JSON = {"Content-Type": "application/json"}  # WireMock adds none, and some clients read JSON only with it
_LARGEST_BODY = 4000  # characters of a body to include


def mapping(request: Mapping[str, Any]) -> dict[str, Any]:
    """A mapping with a response to fill in.

    Values that change every time, or are secret, become patterns: ids, dates, long numbers, tokens.
    """
    pattern: dict[str, Any] = {"method": request["method"], **_path(path_of(request["url"]) or "/")}
    if parameters := request.get("queryParams"):
        pattern["queryParameters"] = {name: _values(name, found["values"]) for name, found in parameters.items()}
    body = request.get("body", "")
    if body and len(body) <= _LARGEST_BODY and "\0" not in body and "\ufffd" not in body:
        pattern |= _body(body, _content_type(request))
    return {"request": pattern, "response": {"status": 200, "headers": _JSON, "jsonBody": {}}}


def _path(path: str) -> dict[str, str]:
    varies = {part for part in path.split("/") if varying.is_varying(unquote(part))}
    if not varies:
        return {"urlPath": path}
    return {"urlPathPattern": "/".join("[^/]+" if one in varies else varying.quoted(one) for one in path.split("/"))}


def _values(name: str, values: Sequence[str]) -> dict[str, Any]:
    """A matcher for the values of a parameter; their number varies where they all do."""
    each = [_value(name, value) for value in values]
    return each[0] if all(one == each[0] for one in each) and "equalTo" not in each[0] else _exactly(each)


def _exactly(each: Sequence[dict[str, str]]) -> dict[str, Any]:
    return each[0] if len(each) == 1 else {"hasExactly": list(each)}


def _value(name: str, value: str) -> dict[str, str]:
    return {"matches": ".+"} if varying.is_varying(value, name) else {"equalTo": value}


def _content_type(request: Mapping[str, Any]) -> str:
    headers = request.get("headers", {})
    return next((str(value) for name, value in headers.items() if name.lower() == "content-type"), "")


def _body(body: str, content_type: str) -> dict[str, Any]:
    """The part of a request pattern that is for the body."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return _text(body, content_type)
    general = varying.general(value)
    wanted = general if isinstance(value, dict) and isinstance(general, dict) else json.dumps(general)
    return {"bodyPatterns": [{"equalToJson": wanted}]}


def _text(body: str, content_type: str) -> dict[str, Any]:
    if content_type.lower().startswith(_FORM) and (fields := _fields(body)):
        return {"formParameters": {name: _values(name, values) for name, values in fields.items()}}
    boundary = _BOUNDARY.search(content_type)  # another one in each request
    pattern = varying.pattern(body, boundary[1] if boundary else "")
    return {"bodyPatterns": [{"matches": pattern} if pattern else {"equalTo": body}]}


def _fields(body: str) -> dict[str, list[str]]:
    """The fields of a form, each with its values."""
    found: dict[str, list[str]] = {}
    for name, value in parse_qsl(body, keep_blank_values=True):
        found.setdefault(name, []).append(value)
    return found
