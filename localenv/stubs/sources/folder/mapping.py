"""Check one mapping against WireMock's format, because WireMock silently drops many mistakes."""

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


def check(value: Any, where: KeyPath) -> Findings:
    """Every mistake in one mapping that can be found without its folder."""
    if not isinstance(value, dict):
        yield Finding(where, "a mapping must be an object")
        return
    value = jackson.without_nulls(value)
    yield from unknown(value, vocabulary.MAPPING, where, "a mapping")
    if "request" not in value and "response" not in value:
        yield Finding(where, "has neither 'request' nor 'response'")
    if value.get("priority", "") != "" and jackson.whole(value["priority"]) is None:
        yield Finding((*where, "priority"), "'priority' is a whole number, of which the smallest wins")
    yield from texts(value, ("name", "scenarioName", "requiredScenarioState", "newScenarioState"), where)
    for key in ("requiredScenarioState", "newScenarioState"):
        if key in value and "scenarioName" not in value:
            yield Finding((*where, key), f"'{key}' without 'scenarioName' does nothing")
    yield from typed(value, "metadata", dict, "an object", where)
    for key, known in vocabulary.LISTENERS.items():
        yield from extensions(value.get(key), known, "listener", (*where, key))
    if "request" in value:
        yield from _request(value["request"], (*where, "request"))
    if "response" in value:
        yield from response.check(value["response"], (*where, "response"))


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
    for key in ("basicAuthCredentials", "basicAuth"):
        yield from typed(value, key, dict, "an object with 'username' and 'password'", where)
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


def _part(value: Any, where: KeyPath) -> Findings:
    if not isinstance(value, dict):
        yield Finding(where, "a part must be an object")
        return
    yield from unknown(value, vocabulary.PART, where, "a part")
    yield from operands.one_of(value.get("matchingType"), vocabulary.PARTS, (*where, "matchingType"), "matchingType")
    yield from matchers.named_matchers(value, where)
    yield from matchers.body_patterns(value, where)
