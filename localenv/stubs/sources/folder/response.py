"""Check the response of a mapping."""

from typing import Any

from localenv.errors.problems import KeyPath
from localenv.stubs import jackson, vocabulary
from localenv.stubs.sources.folder.findings import (
    Finding,
    Findings,
    at_most_one,
    extensions,
    is_base64,
    texts,
    typed,
    unknown,
)

_NO_DRIBBLE = dict.fromkeys(vocabulary.DRIBBLE, 0)


def check(value: Any, where: KeyPath) -> Findings:
    """Every mistake in the response of a mapping."""
    if not isinstance(value, dict):
        yield Finding(where, "'response' must be an object")
        return
    yield from unknown(value, vocabulary.RESPONSE, where, "'response'")
    yield from at_most_one(value, vocabulary.BODIES, where)
    status = jackson.whole(value.get("status", 200))
    if status is None or not 100 <= status <= 999:
        yield Finding((*where, "status"), "'status' must be a whole number such as 200")
    yield from texts(value, ("body", "base64Body", "bodyFileName", "statusMessage", "proxyBaseUrl"), where)
    yield from typed(value, "transformers", list, "a list of names", where)
    yield from extensions(value.get("transformers"), vocabulary.TRANSFORMERS, "transformer", (*where, "transformers"))
    if (packed := jackson.text(value.get("base64Body"))) is not None and not is_base64(packed):
        yield Finding((*where, "base64Body"), "'base64Body' is not valid base64")
    for key in ("headers", "additionalProxyRequestHeaders"):
        yield from _headers(value, key, where)
    yield from typed(value, "removeProxyRequestHeaders", list, "a list of names", where)
    yield from typed(value, "transformerParameters", dict, "an object", where)
    yield from _behaviour(value, where)


def _headers(value: dict[str, Any], key: str, where: KeyPath) -> Findings:
    yield from typed(value, key, dict, "an object", where)
    headers = value.get(key)
    for name, text in headers.items() if isinstance(headers, dict) else ():
        if not (isinstance(text, str) or (isinstance(text, list) and all(isinstance(one, str) for one in text))):
            yield Finding((*where, key, name), f"header '{name}' must be a string or a list of strings")


def _behaviour(value: dict[str, Any], where: KeyPath) -> Findings:
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


def _distribution(value: Any, where: KeyPath) -> Findings:
    kind = value.get("type") if isinstance(value, dict) else None
    if not isinstance(kind, str) or kind not in vocabulary.DELAYS:
        yield Finding(where, "'delayDistribution' needs a 'type': " + ", ".join(vocabulary.DELAYS))
        return
    yield from unknown(value, vocabulary.DELAYS[kind], where, f"a {kind} delay")
    for key in sorted(vocabulary.DELAYS[kind] - {"type", "maxValue"}):
        if not jackson.is_number(value.get(key)):
            yield Finding((*where, key), f"a {kind} delay needs '{key}', a number")
    most, median = value.get("maxValue"), value.get("median")
    if jackson.is_number(most) and jackson.is_number(median) and float(most) < float(median):
        yield Finding((*where, "maxValue"), "'maxValue' is below 'median'")
