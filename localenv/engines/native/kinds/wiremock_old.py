"""What mappings may say that WireMock 2 does not know, or drops without a word: asked of a 2.35.1."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from localenv.errors import DescriptionError, Problem
from localenv.stack import Upstream
from localenv.stubs import roots
from localenv.stubs.documents import Unreadable, Where

_NEW = frozenset(
    {
        *("not", "matchesJsonSchema", "hasExactly", "includes", "matchesPathTemplate", "namespaceAwareness"),
        *("ignoreOrderOfSameNode", "applyTruncationLast", "urlPathTemplate", "pathParameters", "formParameters"),
        *("clientIp", "fileName", "removeProxyRequestHeaders", "maxValue", "serveEventListeners"),
    }
)
_CONTENT = frozenset({"jsonBody", "equalToJson", "metadata", "transformerParameters", "parameters"})  # anybody's words
_NAMED = frozenset({"headers", "cookies", "queryParameters"})  # of names that anybody gives


def check(upstreams: Iterable[Upstream], version: str) -> None:
    """Raise DescriptionError naming every place in the mappings that needs WireMock 3."""
    problems = [problem for upstream in upstreams for problem in _problems(upstream, version)]
    if problems:
        raise DescriptionError(problems)


def _problems(upstream: Upstream, version: str) -> Iterator[Problem]:
    hint = "install npm, which brings WireMock 3, or use --engine compose"
    for root in upstream.roots:
        try:
            files = roots.read(root)
        except Unreadable as unreadable:
            yield unreadable.problem
            continue
        for file in files:
            for where, mapping in file.mappings:
                for place, said in _new(mapping, where):
                    yield Problem(f"{said} needs WireMock 3, and {version} is here", file.document.at(place), hint)


def _new(value: Any, where: Where) -> Iterator[tuple[Where, str]]:
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _new(item, (*where, index))
    if not isinstance(value, Mapping):
        return
    for key, inner in value.items():
        here = (*where, key)
        named = bool(where) and where[-1] in _NAMED
        if key in _NEW and not named:
            yield here, f"'{key}'"
        elif key == "jsonBody" and _has_float(inner):
            yield here, "'jsonBody' with a number such as 1.0, which comes out as 1,"
        elif key not in _CONTENT or named:
            yield from _new(inner, here)


def _has_float(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_has_float, value.values()))
    if isinstance(value, list):
        return any(map(_has_float, value))
    return isinstance(value, float) and value.is_integer()
