"""What is wrong with one mapping, in the words of WireMock: checked here because WireMock drops much of it silently."""

import base64
import binascii
import difflib
from collections.abc import Collection, Iterable, Iterator
from typing import Any, NamedTuple

from localenv.stubs import jackson, vocabulary
from localenv.stubs.sources.documents import Where


class Finding(NamedTuple):
    """One mistake: the key or item it is about, what is wrong, what to try."""

    where: Where
    message: str
    hint: str = ""


Findings = Iterator[Finding]

_NO_DRIBBLE = dict.fromkeys(vocabulary.DRIBBLE, 0)


def check(value: Any, where: Where) -> Findings:
    """Every mistake in one mapping that can be seen without its folder."""
    if not isinstance(value, dict):
        yield Finding(where, "a mapping must be an object")
        return
    value = jackson.without_nulls(value)
    yield from _unknown(value, vocabulary.MAPPING, where, "a mapping")
    if "request" not in value and "response" not in value:
        yield Finding(where, "has neither 'request' nor 'response'")
    if value.get("priority", "") != "" and jackson.whole(value["priority"]) is None:
        yield Finding((*where, "priority"), "'priority' must be a whole number from 1 (highest)")
    yield from _texts(value, ("name", "scenarioName", "requiredScenarioState", "newScenarioState"), where)
    for key in ("requiredScenarioState", "newScenarioState"):
        if key in value and "scenarioName" not in value:
            yield Finding((*where, key), f"'{key}' without 'scenarioName' does nothing")
    yield from _typed(value, "metadata", dict, "an object", where)
    for key, known in vocabulary.LISTENERS.items():
        yield from _extensions(value.get(key), known, "listener", (*where, key))
    if "request" in value:
        yield from _request(value["request"], (*where, "request"))
    if "response" in value:
        yield from _response(value["response"], (*where, "response"))


def _request(value: Any, where: Where) -> Findings:
    if not isinstance(value, dict):
        yield Finding(where, "'request' must be an object")
        return
    yield from _unknown(value, vocabulary.REQUEST, where, "'request'")
    urls = [key for key in value if key in vocabulary.URLS]
    for key in urls[1:]:
        yield Finding((*where, key), f"'{key}' beside '{urls[0]}'", "only one of " + ", ".join(vocabulary.URLS))
    yield from _texts(value, urls, where)
    if "method" in value and not isinstance(value["method"], str):
        yield Finding((*where, "method"), "'method' must be a string such as GET or ANY")
    for key in ("host", "clientIp"):
        if key in value:
            yield from matcher(value[key], (*where, key))
    if "customMatcher" in value:
        yield from _custom_matcher(value["customMatcher"], (*where, "customMatcher"))
    yield from _named_matchers(value, where)
    yield from _body_patterns(value, where)
    for index, part in _items(value.get("multipartPatterns")):
        yield from _part(part, (*where, "multipartPatterns", index))


def _custom_matcher(value: Any, where: Where) -> Findings:
    name = value.get("name") if isinstance(value, dict) else value
    yield Finding(where, f"there is no matcher '{name}'", "it would be an extension, and WireMock runs without any")


def _part(value: Any, where: Where) -> Findings:
    if not isinstance(value, dict):
        yield Finding(where, "a part must be an object")
        return
    yield from _unknown(value, vocabulary.PART, where, "a part")
    yield from _named_matchers(value, where)
    yield from _body_patterns(value, where)


def _named_matchers(value: dict[str, Any], where: Where) -> Findings:
    for key in vocabulary.NAMED_MATCHERS:
        yield from _typed(value, key, dict, "an object of matchers", where)
        named = value.get(key)
        for name, inner in named.items() if isinstance(named, dict) else ():
            yield from matcher(inner, (*where, key, name))


def _body_patterns(value: dict[str, Any], where: Where) -> Findings:
    yield from _typed(value, "bodyPatterns", list, "a list of matchers", where)
    for index, inner in _items(value.get("bodyPatterns")):
        yield from matcher(inner, (*where, "bodyPatterns", index))


def matcher(value: Any, where: Where, beside: Collection[str] = ()) -> Findings:
    """Every mistake in a matcher such as `{"equalTo": "a"}`; keys in `beside` are not its own."""
    if not isinstance(value, dict):
        yield Finding(where, "a matcher must be an object", 'such as {"equalTo": "…"}')
        return
    keys = [key for key in value if key not in beside]
    names = [key for key in keys if key in vocabulary.MATCHERS]
    if not names:
        options = frozenset().union(*vocabulary.MATCHERS.values())
        guess = next((key for key in keys if key not in options), None)
        yield (
            Finding((*where, guess), f"unknown matcher '{guess}'", meant(guess, vocabulary.MATCHERS))
            if guess is not None
            else Finding(where, "has no matcher", "one of " + ", ".join(vocabulary.MATCHERS))
        )
        return
    for key in names[1:]:
        yield Finding((*where, key), f"matcher '{key}' beside '{names[0]}'", 'both: {"and": [{…}, {…}]}')
    name = names[0]
    known = (vocabulary.MATCHERS[name] | {*vocabulary.MATCHERS}) | {*beside}
    yield from _unknown(value, known, where, f"matcher '{name}'")
    yield from _operand(name, value[name], (*where, name))


def _operand(name: str, value: Any, where: Where) -> Findings:
    if name in vocabulary.TEXTS and not isinstance(value, str):
        yield Finding(where, f"'{name}' must be a string")
    elif name == "absent" and value is not True:
        yield Finding(where, "'absent' must be true", 'for a value that must exist: {"matches": ".*"}')
    elif name == "not":
        yield from matcher(value, where)
    elif name in vocabulary.LISTS:
        fewest = vocabulary.LISTS[name]
        if not isinstance(value, list) or len(value) < fewest:
            yield Finding(where, f"'{name}' must be a list of at least {fewest} matchers")
        for index, inner in _items(value):
            yield from matcher(inner, (*where, index))
    elif name in vocabulary.INNER and isinstance(value, dict):
        if not isinstance(value.get("expression"), str):
            yield Finding(where, f"'{name}' must be a string, or an object with 'expression' and a matcher")
        yield from matcher(value, where, beside=("expression",))
    elif name in vocabulary.INNER and not isinstance(value, str):
        yield Finding(where, f"'{name}' must be a string, or an object with 'expression' and a matcher")


def _response(value: Any, where: Where) -> Findings:
    if not isinstance(value, dict):
        yield Finding(where, "'response' must be an object")
        return
    yield from _unknown(value, vocabulary.RESPONSE, where, "'response'")
    bodies = [key for key in value if key in vocabulary.BODIES]
    for key in bodies[1:]:
        yield Finding((*where, key), f"'{key}' beside '{bodies[0]}'", "only one of " + ", ".join(vocabulary.BODIES))
    status = jackson.whole(value.get("status", 200))
    if status is None or not 100 <= status <= 999:
        yield Finding((*where, "status"), "'status' must be a whole number such as 200")
    yield from _texts(value, ("body", "base64Body", "bodyFileName", "statusMessage", "proxyBaseUrl"), where)
    yield from _typed(value, "transformers", list, "a list of names", where)
    yield from _extensions(value.get("transformers"), vocabulary.TRANSFORMERS, "transformer", (*where, "transformers"))
    if isinstance(value.get("base64Body"), str) and not _base64(value["base64Body"]):
        yield Finding((*where, "base64Body"), "'base64Body' is not valid base64")
    yield from _response_headers(value, where)
    yield from _behaviour(value, where)


def _response_headers(value: dict[str, Any], where: Where) -> Findings:
    yield from _typed(value, "headers", dict, "an object", where)
    headers = value.get("headers")
    for name, text in headers.items() if isinstance(headers, dict) else ():
        if not (isinstance(text, str) or (isinstance(text, list) and all(isinstance(one, str) for one in text))):
            yield Finding((*where, "headers", name), f"header '{name}' must be a string or a list of strings")


def _behaviour(value: dict[str, Any], where: Where) -> Findings:
    fault = value.get("fault")
    if "fault" in value and fault not in vocabulary.FAULTS:
        known = ", ".join(sorted(vocabulary.FAULTS))
        yield Finding((*where, "fault"), f"unknown fault {fault!r}", f"one of {known}")
    delay = jackson.whole(value.get("fixedDelayMilliseconds", 0))
    if delay is None or delay < 0:
        yield Finding((*where, "fixedDelayMilliseconds"), "'fixedDelayMilliseconds' must be a whole number from 0")
    if "delayDistribution" in value:
        yield from _distribution(value["delayDistribution"], (*where, "delayDistribution"))
    dribble = value.get("chunkedDribbleDelay", _NO_DRIBBLE)
    numbers = [jackson.whole(one) for one in dribble.values()] if isinstance(dribble, dict) else []
    if not isinstance(dribble, dict) or set(dribble) != vocabulary.DRIBBLE or None in numbers:
        message = "'chunkedDribbleDelay' needs numberOfChunks and totalDuration, whole numbers"
        yield Finding((*where, "chunkedDribbleDelay"), message)


def _distribution(value: Any, where: Where) -> Findings:
    kind = value.get("type") if isinstance(value, dict) else None
    if not isinstance(kind, str) or kind not in vocabulary.DELAYS:
        yield Finding(where, "'delayDistribution' needs a 'type': " + ", ".join(vocabulary.DELAYS))
        return
    yield from _unknown(value, vocabulary.DELAYS[kind], where, f"a {kind} delay")
    for key in sorted(vocabulary.DELAYS[kind] - {"type", "maxValue"}):
        if not jackson.is_number(value.get(key)):
            yield Finding((*where, key), f"a {kind} delay needs '{key}', a number")


def _unknown(value: dict[str, Any], known: Collection[str], where: Where, what: str) -> Findings:
    for key in value:
        if key not in known:
            yield Finding((*where, key), f"{what} has no '{key}'", meant(key, known))


def meant(word: str, known: Collection[str]) -> str:
    """A hint at the known word closest to one; empty where none is close."""
    by_case = {one.lower(): one for one in known}
    close = difflib.get_close_matches(word.lower(), by_case, n=1, cutoff=0.6)
    return f"did you mean '{by_case[close[0]]}'?" if close else ""


def _typed(value: dict[str, Any], key: str, kind: type, words: str, where: Where) -> Findings:
    if key in value and not isinstance(value[key], kind):
        yield Finding((*where, key), f"'{key}' must be {words}")


def _texts(value: dict[str, Any], keys: Iterable[str], where: Where) -> Findings:
    for key in keys:
        if key in value and jackson.text(value[key]) is None:
            yield Finding((*where, key), f"'{key}' is a text")


def _extensions(value: Any, known: Collection[str], what: str, where: Where) -> Findings:
    """WireMock ignores what it does not know: keys of an object, or names in a list, or of the objects in it."""
    named: list[tuple[Where, Any]] = [((key,), key) for key in value] if isinstance(value, dict) else []
    for index, one in _items(value):
        named.append(((index, "name"), one.get("name")) if isinstance(one, dict) else ((index,), one))
    for at, name in named:
        if name not in known:
            yield Finding((*where, *at), f"there is no {what} '{name}'", f"available: {', '.join(known)}")


def _items(value: Any) -> Iterator[tuple[int, Any]]:
    yield from enumerate(value) if isinstance(value, list) else ()


def _base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True
