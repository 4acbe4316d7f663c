"""Differences of WireMock 2 (tested with 2.35.1): mapping features that it silently drops, and a proper 404."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from localenv.errors import DescriptionError
from localenv.errors.problems import KeyPath, Problem
from localenv.stack import Upstream
from localenv.stubs import sources

_NEW = frozenset(
    {
        *("not", "matchesJsonSchema", "hasExactly", "includes", "matchesPathTemplate", "namespaceAwareness"),
        *("ignoreOrderOfSameNode", "applyTruncationLast", "urlPathTemplate", "pathParameters", "formParameters"),
        *("clientIp", "fileName", "removeProxyRequestHeaders", "maxValue", "serveEventListeners"),
        "postServeActions",  # webhooks need a separate jar
    }
)
_HINT = "pip install 'localenv[native]' to get WireMock 3, or use --engine compose"
_TEMPLATE = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_HELPER = re.compile(
    r"(?:^[{#~\s]*|\(\s*)"
    r"(arrayAdd|arrayJoin|arrayRemove|formatJson|formatXml|jsonArrayAdd|jsonMerge|jsonRemove|toJson|val)(?=\s+\S)"
)
_MODEL = re.compile(r"\b(request\.(?:clientIp|id|parts))\b")
_CONTENT = frozenset({"jsonBody", "equalToJson", "metadata", "transformerParameters", "parameters"})  # free content
_NAMED = frozenset({"headers", "cookies", "queryParameters"})  # user-defined names


def check(upstreams: Iterable[Upstream], version: str, why: str = "") -> None:
    """Raise DescriptionError with every place in the mappings that needs WireMock 3, and `why` it is not available."""
    _refuse(problem for upstream in upstreams for problem in _problems(upstream, version, why))


def check_stubs(stubs: Iterable[Mapping[str, Any]], version: str) -> None:
    """The same for mappings without a file."""
    features = (text for stub in stubs for _, text in (*_new(stub, ()), *_templated({}, stub, ())))
    _refuse(Problem(_message(text, version), hint=_HINT) for text in features)


def _refuse(problems: Iterable[Problem]) -> None:
    if found := list(problems):
        raise DescriptionError(found)


def _message(feature: str, version: str) -> str:
    return f"{feature} needs WireMock 3; this is {version}"


def _problems(upstream: Upstream, version: str, why: str) -> Iterator[Problem]:
    hint = f"{why}; {_HINT}" if why else _HINT
    for source in upstream.sources:
        try:
            mappings, bodies = sources.mappings(source), sources.bodies(source)
        except DescriptionError as broken:
            yield from broken.problems
            continue
        for one in reversed(mappings):  # in the written order
            for place, feature in (*_new(one.mapping, ()), *_templated(bodies, one.mapping, ())):
                yield Problem(_message(feature, version), one.at(place), hint)


def _new(value: Any, where: KeyPath) -> Iterator[tuple[KeyPath, str]]:
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
            yield here, "'jsonBody' with a number such as 1.0 (sent as 1)"
        elif key not in _CONTENT or named:
            yield from _new(inner, here)


def _templated(bodies: Mapping[str, Path], mapping: Any, where: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    """Template features that a response, or its body file, uses."""
    response = mapping.get("response") if isinstance(mapping, Mapping) else None
    if not isinstance(response, Mapping) or "response-template" not in (response.get("transformers") or ()):
        return
    texts = list(_texts(response, (*where, "response")))
    if file := bodies.get(str(response.get("bodyFileName"))):
        texts.append(((*where, "response", "bodyFileName"), file.read_text(errors="replace")))
    for place, text in texts:
        for inside in _TEMPLATE.findall(text):
            yield from (
                (place, f"'{found}' in a template") for found in (*_HELPER.findall(inside), *_MODEL.findall(inside))
            )


def _texts(value: Any, where: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    if isinstance(value, str):
        yield where, value
    inner = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield from _texts(one, (*where, key))


def _has_float(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_has_float, value.values()))
    if isinstance(value, list):
        return any(map(_has_float, value))
    return isinstance(value, float) and value.is_integer()
