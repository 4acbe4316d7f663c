"""Find templates that WireMock would send unresolved, because the stub does not enable templating, or cannot read."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from localenv.errors.problems import KeyPath, Problem
from localenv.stack import Upstream
from localenv.stubs import handlebars, jackson, sources
from localenv.stubs.helpers import Mistake
from localenv.stubs.sources.kind import Loaded, SourceMapping

TRANSFORMER = "response-template"

_TEMPLATE = re.compile(rb"\{\{\{?[^{}]*\}\}")
_OF_REQUEST = re.compile(rb"\b(request\.|now\b|randomValue\b|parameters\.)")
_TEMPLATED = ("body", "jsonBody", "headers", "bodyFileName", "proxyBaseUrl")  # keys of a response
_LARGEST = 1 << 20  # bytes of the largest body file to search; WireMock does not resolve templates in larger ones
_LONGEST = 40  # characters of a template to show
_HINT = f'"transformers": ["{TRANSFORMER}"] in its response, or `templating: all` for the upstream'


def unused(upstream: Upstream, read: Sequence[Loaded]) -> Iterator[Problem]:
    """A problem for each stub whose response contains an unresolved template, among the mappings of its sources."""
    if upstream.is_templated:
        return
    for source, mappings in read:
        bodies = sources.bodies(source)
        for one in mappings:
            response = jackson.without_nulls(one.mapping).get("response")
            if isinstance(response, Mapping) and not _is_template(upstream, response):
                yield from _first(one, response, bodies)


def broken(upstream: Upstream, read: Sequence[Loaded]) -> Iterator[Problem]:
    """A problem for each template that WireMock answers with an error."""
    for source, mappings in read:
        bodies = sources.bodies(source)
        for one in mappings:
            response = jackson.without_nulls(one.mapping).get("response")
            if isinstance(response, Mapping) and _is_template(upstream, response):
                yield from _unreadable(one, response, bodies)


def _is_template(upstream: Upstream, response: Mapping[str, Any]) -> bool:
    return upstream.is_templated or TRANSFORMER in response.get("transformers", ())


def _unreadable(one: SourceMapping, response: Mapping[str, Any], bodies: Mapping[str, Path]) -> Iterator[Problem]:
    for key in _TEMPLATED:
        for where, text in _texts(response.get(key), ("response", key)) if _has_template(response.get(key)) else ():
            if found := handlebars.mistake(text):
                yield _failing(one, where, found)
    name = jackson.text(response.get("bodyFileName")) or ""
    if found := handlebars.mistake(_content(bodies.get(name)).decode(errors="replace")):
        yield _failing(one, ("response", "bodyFileName"), found, f"{name}: ")


def _failing(one: SourceMapping, where: KeyPath, found: Mistake, file: str = "") -> Problem:
    what = "that WireMock answers with 500" if found.is_fatal else "into which WireMock writes an error"
    return Problem(f"is a template {what}: {file}{found.reason}", one.at(where))


def _first(one: SourceMapping, response: Mapping[str, Any], bodies: Mapping[str, Path]) -> Iterator[Problem]:
    for key in _TEMPLATED:
        value = response.get(key)
        for where, text in _texts(value, ("response", key)) if _has_template(value) else ():
            if found := _template(text):
                yield _problem(one, where, found)
                return
    name = jackson.text(response.get("bodyFileName")) or ""
    templates = (found[0] for found in _TEMPLATE.finditer(_content(bodies.get(name))))
    if named := next(filter(_OF_REQUEST.search, templates), None):
        yield _problem(one, ("response", "bodyFileName"), named.decode(errors="replace"))


def _template(text: str) -> str:
    """The first template in a text; empty if there is none."""
    start = text.find("{{")
    end = text.find("}}", start + 2) if start >= 0 else -1
    return text[start : end + 2] if end >= 0 else ""


def _has_template(value: Any) -> bool:
    """Whether a text in a value has a template; without the place of each, which takes five times as long."""
    open_ = [value]
    while open_:
        one = open_.pop()
        if isinstance(one, str):
            if _template(one):
                return True
        elif isinstance(one, dict | list):
            inner = one.values() if isinstance(one, dict) else one
            open_ += [each for each in inner if isinstance(each, str | dict | list)]
    return False


def _content(file: Path | None) -> bytes:
    """The content of a body file; empty for a large file or None."""
    return file.read_bytes() if file and file.stat().st_size <= _LARGEST else b""


def _texts(value: Any, where: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    match value:
        case str():
            yield where, value
        case Mapping():
            for key, item in value.items():
                yield from _texts(item, (*where, key))
        case list() | tuple():
            for number, item in enumerate(value):
                yield from _texts(item, (*where, number))


def _problem(one: SourceMapping, where: KeyPath, template: str) -> Problem:
    shown = template if len(template) <= _LONGEST else f"{template[: _LONGEST - 3]}…}}}}"
    return Problem(f"{shown} is sent as written: the stub is not a template", one.at(where), _HINT)
