"""Check one mapping against WireMock's format, because WireMock silently drops many mistakes."""

import re
from typing import Any

from localenv.errors.problems import KeyPath
from localenv.stubs import jackson, vocabulary
from localenv.stubs.sources.folder import matchers, operands, response
from localenv.stubs.sources.folder.findings import (
    Finding,
    Findings,
    at_most_one,
    extensions,
    items,
    texts,
    typed,
    unknown,
)

_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def check(value: Any, where: KeyPath) -> Findings:
    """Every mistake in one mapping that can be found without its folder."""
    if not isinstance(value, dict):
        yield Finding(where, "a mapping must be an object")
        return
    value = jackson.without_nulls(value)
    yield from unknown(value, vocabulary.MAPPING, where, "a mapping")
    if "request" not in value and "response" not in value:
        yield Finding(where, "has neither 'request' nor 'response'")
    yield from _place(value, where)
    yield from texts(value, ("name", "scenarioName", "requiredScenarioState", "newScenarioState"), where)
    for key in ("requiredScenarioState", "newScenarioState"):
        if key in value and "scenarioName" not in value:
            yield Finding((*where, key), f"'{key}' without 'scenarioName' does nothing")
    yield from typed(value, "metadata", dict, "an object", where)
    for key, known in vocabulary.LISTENERS.items():
        yield from extensions(value.get(key), known, "listener", (*where, key))
        yield from _phases(value.get(key), (*where, key))
    if "request" in value:
        yield from _request(value["request"], (*where, "request"))
    if "response" in value:
        yield from response.check(value["response"], (*where, "response"))


def _place(value: dict[str, Any], where: KeyPath) -> Findings:
    """Its order among others, and its name for programs."""
    priority = jackson.whole(value.get("priority") or 0)
    if priority is None or abs(priority) >= 1 << 31:
        yield Finding((*where, "priority"), "'priority' is a whole number, of which the smallest wins")
    for key in ("id", "uuid"):
        if not _is_id(value.get(key, "")):
            yield Finding((*where, key), f"'{key}' must be a UUID", "without one WireMock makes one")


def _is_id(value: Any) -> bool:
    return value == "" or (isinstance(value, str) and _ID.fullmatch(value) is not None)


def _phases(value: Any, where: KeyPath) -> Findings:
    for number, one in items(value):
        phases = one.get("requestPhases") if isinstance(one, dict) else None
        for index, phase in items(phases):
            at = (*where, number, "requestPhases", index)
            yield from operands.one_of(phase, vocabulary.PHASES, at, "phase of a request")


def _request(value: Any, where: KeyPath) -> Findings:
    if not isinstance(value, dict):
        yield Finding(where, "'request' must be an object")
        return
    yield from unknown(value, vocabulary.REQUEST, where, "'request'")
    urls = [key for key in value if key in vocabulary.URLS]
    yield from at_most_one(value, vocabulary.URLS, where)
    yield from texts(value, urls, where)
    for key in ("urlPattern", "urlPathPattern"):
        yield from operands.regex(value.get(key), (*where, key))
    if "method" in value and not isinstance(value["method"], str):
        yield Finding((*where, "method"), "'method' must be a string such as GET or ANY")
    yield from texts(value, ("scheme",), where)
    if "port" in value and jackson.whole(value["port"]) is None:
        yield Finding((*where, "port"), "'port' is a whole number")
    yield from _login(value, where)
    for key in ("host", "clientIp"):
        if key in value:
            yield from matchers.matcher(value[key], (*where, key))
    if "customMatcher" in value:
        yield from matchers.custom_matcher(value["customMatcher"], (*where, "customMatcher"))
    yield from matchers.named_matchers(value, where)
    yield from matchers.body_patterns(value, where)
    yield from typed(value, "multipartPatterns", list, "a list of parts", where)
    for index, part in items(value.get("multipartPatterns")):
        yield from _part(part, (*where, "multipartPatterns", index))


def _login(value: dict[str, Any], where: KeyPath) -> Findings:
    for key in ("basicAuthCredentials", "basicAuth"):
        yield from typed(value, key, dict, "an object with 'username' and 'password'", where)
        if isinstance(login := value.get(key), dict):
            yield from unknown(login, ("username", "password"), (*where, key), f"'{key}'")


def _part(value: Any, where: KeyPath) -> Findings:
    if not isinstance(value, dict):
        yield Finding(where, "a part must be an object")
        return
    yield from unknown(value, vocabulary.PART, where, "a part")
    yield from operands.one_of(value.get("matchingType"), vocabulary.PARTS, (*where, "matchingType"), "matchingType")
    yield from matchers.named_matchers(value, where)
    yield from matchers.body_patterns(value, where)
