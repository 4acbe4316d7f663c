"""Find templates that WireMock would send unresolved, because the stub does not enable templating."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from localenv.errors import Problem
from localenv.stack import Upstream
from localenv.stubs import jackson, sources
from localenv.stubs.sources.documents import Where
from localenv.stubs.sources.kind import SourceMapping

TRANSFORMER = "response-template"

_WRITTEN = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_OF_REQUEST = re.compile(rb"\{\{\{?[^{}]*\b(request\.|now\b|randomValue\b|parameters\.)[^{}]*\}\}")
_LARGEST = 1 << 20  # bytes of the largest body file to search; WireMock does not resolve templates in larger ones
_LONGEST = 40  # characters of a template to show
_HINT = f'"transformers": ["{TRANSFORMER}"] in its response, or `templating: all` for the upstream'


def unused(upstream: Upstream) -> Iterator[Problem]:
    """A problem for each stub whose response contains an unresolved template; the sources have been checked."""
    if upstream.is_templated:
        return
    for source in upstream.sources:
        for one in sources.mappings(source):
            response = jackson.without_nulls(one.mapping).get("response")
            if isinstance(response, Mapping) and TRANSFORMER not in response.get("transformers", ()):
                yield from _first(one, response, sources.bodies(source))


def _first(one: SourceMapping, response: Mapping[str, Any], bodies: Mapping[str, Path]) -> Iterator[Problem]:
    for key in ("body", "jsonBody", "headers", "bodyFileName", "proxyBaseUrl"):
        for where, text in _texts(response.get(key), ("response", key)):
            if found := _WRITTEN.search(text):
                yield _problem(one, where, found[0])
                return
    name = jackson.text(response.get("bodyFileName")) or ""
    if named := _OF_REQUEST.search(_content(bodies.get(name))):
        yield _problem(one, ("response", "bodyFileName"), named[0].decode(errors="replace"))


def _content(file: Path | None) -> bytes:
    """The content of a body file; empty for a large file or None."""
    return file.read_bytes() if file and file.stat().st_size <= _LARGEST else b""


def _texts(value: Any, where: Where) -> Iterator[tuple[Where, str]]:
    match value:
        case str():
            yield where, value
        case Mapping():
            for key, item in value.items():
                yield from _texts(item, (*where, key))
        case list() | tuple():
            for number, item in enumerate(value):
                yield from _texts(item, (*where, number))


def _problem(one: SourceMapping, where: Where, template: str) -> Problem:
    shown = template if len(template) <= _LONGEST else f"{template[: _LONGEST - 3]}…}}}}"
    return Problem(f"{shown} is sent as written: the stub is not a template", one.at(where), _HINT)
