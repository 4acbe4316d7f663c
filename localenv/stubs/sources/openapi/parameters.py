"""WireMock's matchers for the parameters of a request, in all the styles that OpenAPI knows."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from localenv.stubs.sources.openapi import matching, regexes, texts
from localenv.stubs.sources.openapi.closing import TooLarge, closed
from localenv.stubs.sources.openapi.merging import Flat, flat
from localenv.stubs.sources.openapi.operations import Operation, Parameter
from localenv.stubs.sources.openapi.reading import Contract
from localenv.stubs.sources.openapi.texts import RequestMatcher

_ENCODED = ".*%[0-9A-Fa-f]{2}.*"
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")  # RFC 3986, 2.3
_PLAIN_FORMATS = frozenset({"uuid", "date", "ipv4"})
_SEPARATORS = {"spaceDelimited": "( |%20|\\+)", "pipeDelimited": "(\\||%7C)", "label": "[.,]"}
_MOST = 6  # further items, or properties, for which a request that does not fit is told apart
_DEEPEST = 3  # brackets of one name


def of_parameters(contract: Contract, operation: Operation, pattern: RequestMatcher) -> RequestMatcher:
    """The pattern with a matcher for each parameter whose absence or value a service would refuse."""
    found = {key: dict(one) if isinstance(one, dict) else one for key, one in pattern.items()}
    if "urlPathPattern" in pattern:
        found["urlPathPattern"] = _typed(contract, operation)
    for one in operation.parameters:
        if one.place == "path" and "urlPathTemplate" not in pattern:
            continue
        key = "fields", one.uri
        if key not in contract.known:  # many operations refer to the same one
            contract.known[key] = [*_fields(contract, one)]
        for name, matcher in contract.known[key]:
            found.setdefault(matching.SECTIONS[one.place], {}).setdefault(name, matcher)
    return found


def misfits(contract: Contract, operation: Operation) -> Iterator[RequestMatcher]:
    """Patterns for requests that do not fit although each of their matchers finds a value that does.

    WireMock takes one value that fits for enough, knows no `or` for cookies, and compares no two names.
    """
    for one in operation.parameters:
        if one.fields and one.place == "query" and _is_spread(one):
            yield from ({"queryParameters": found} for found in _bad_fields(contract, one))
        elif one.is_list and one.is_exploded and one.place == "query" and one.schema and not one.is_json:
            schema = flat(contract, {"$ref": one.schema})
            yield from ({"queryParameters": {one.name: found}} for found in bad_items(contract, schema))
        elif one.place == "cookie" and not one.is_required and (value := _value(contract, one)):
            yield {"cookies": {one.name: texts.unlike(value)}}


def bad_items(contract: Contract, schema: Flat) -> Iterator[RequestMatcher]:
    """Matchers for repeated values that are no array of a schema."""
    if value := texts.matcher(contract, schema.get("items", {})):
        yield texts.unlike(value)
    least, most = schema.get("minItems"), schema.get("maxItems")
    for count in range(1, min(least, _MOST)) if isinstance(least, int) else ():
        yield {"hasExactly": [{"matches": texts.ANY}] * count}
    for count in range(most + 1, most + 1 + _MOST) if isinstance(most, int) and most < 100 else ():
        yield {"hasExactly": [{"matches": texts.ANY}] * count}


def delimited(contract: Contract, schema: Flat, style: str) -> RequestMatcher | None:
    """A matcher for an array in one text; None if every text fits."""
    return _repeated(contract, schema, _SEPARATORS.get(style, ", ?"))


def _repeated(contract: Contract, schema: Flat, separator: str) -> RequestMatcher | None:
    each = texts.expression(flat(contract, schema.get("items", {})))
    least, most = schema.get("minItems"), schema.get("maxItems")
    is_unique = schema.get("uniqueItems") is True
    if not each and not (isinstance(least, int) or isinstance(most, int) or is_unique):
        return None
    item = f"({each})" if each else r"[^,|\s]*"
    fewest, more = max(0, (least or 1) - 1), max(0, most - 1) if isinstance(most, int) else ""
    different = rf"(?!(?:.*{separator})?(?<same>[^,|\s]+){separator}(?:.*{separator})?\k<same>(?:{separator}|$))"
    return {"matches": f"{different if is_unique else ''}{item}({separator}{item}){{{fewest},{more}}}"}


def _fields(contract: Contract, one: Parameter) -> Iterator[tuple[str, RequestMatcher]]:
    """The names by which a parameter is sent, each with its matcher."""
    if one.fields and one.place == "query" and _is_spread(one):
        yield from _properties(contract, {"$ref": one.fields}, one, one.name, one.is_required, 0)
        return
    value = _value(contract, one)
    if value and one.may_be_empty:
        value = {"or": [{"equalTo": ""}, value]}
    if value and one.place == "path" and not _is_never_encoded(contract, one, value):
        value = {"or": [value, {"matches": _ENCODED}]}  # of a path WireMock compares what was sent, not what it means
    name = matching.template_name(one.name) if one.place == "path" else one.name
    if one.is_required and (value or one.place != "path"):  # no value of a path is empty, or missing
        yield name, value or {"matches": texts.ANY}
    elif value and one.place != "cookie":  # of an optional cookie WireMock knows no `or`
        yield name, {"or": [{"absent": True}, value]}


def _is_never_encoded(contract: Contract, one: Parameter, value: RequestMatcher) -> bool:
    """Whether all values of a path's parameter have only characters that stand in a URL as they are."""
    if value.get("matches") in texts.NUMBERS.values():
        return True
    found = flat(contract, {"$ref": one.schema})
    if one.is_list or one.is_json or one.style != "simple" or found.get("choices"):
        return False
    options = [found["const"]] if "const" in found else found.get("enum")
    if isinstance(options, list):
        return all(isinstance(each, str) and set(each) <= _UNRESERVED for each in options)
    alphabets = [regexes.alphabet(each) for each in found.get("patterns", ()) if isinstance(each, str)]
    is_limited = any(each is not None and each <= _UNRESERVED for each in alphabets)
    return is_limited or found.get("format") in _PLAIN_FORMATS


def _is_spread(one: Parameter) -> bool:
    """Whether the properties of an object are sent by names of their own."""
    return one.style == "deepObject" or (one.style == "form" and one.is_exploded)


def _properties(
    contract: Contract, schema: Any, one: Parameter, name: str, is_required: bool, depth: int
) -> Iterator[tuple[str, RequestMatcher]]:
    found = flat(contract, schema)
    for key, part in (found.get("properties") or {}).items():
        inner, sent = flat(contract, part), f"{name}[{key}]" if one.style == "deepObject" else key
        is_needed = is_required and key in (found.get("required") or ())
        kinds = set(inner.get("type", ()))
        if "object" in kinds:
            if one.style == "deepObject" and depth < _DEEPEST:
                yield from _properties(contract, part, one, sent, is_needed, depth + 1)
        elif "array" in kinds:
            if is_needed and one.style != "deepObject":
                yield sent, {"matches": texts.ANY}
        elif is_needed:
            yield sent, texts.matcher(contract, part) or {"matches": texts.ANY}
        elif value := texts.matcher(contract, part):
            yield sent, {"or": [{"absent": True}, value]}


def _bad_fields(contract: Contract, one: Parameter) -> Iterator[dict[str, RequestMatcher]]:
    """Query parameters that are no object of a schema: none of them, or one without another that it needs."""
    found = flat(contract, {"$ref": one.fields})
    properties = found.get("properties") or {}
    kinds = {key: flat(contract, one).get("type", ()) for key, one in properties.items()}
    plain = [key for key, known in kinds.items() if not {"object", "array"} & set(known)]
    names = {key: f"{one.name}[{key}]" if one.style == "deepObject" else key for key in properties}
    sent = {key: names[key] for key in plain}
    required = [key for key in found.get("required") or () if key in sent]
    if one.is_required and not required and sent and len(sent) == len(properties) and not _is_open(found):
        yield {name: {"absent": True} for name in sent.values()}
    if not one.is_required:
        for needed in required[:_MOST]:
            others = [name for key, name in names.items() if key != needed and "object" not in kinds[key]][:_MOST]
            for name in others:
                yield {name: {"matches": texts.ANY}, sent[needed]: {"absent": True}}


def _is_open(found: Flat) -> bool:
    return found.get("additionalProperties") not in (None, False)


def _value(contract: Contract, one: Parameter) -> RequestMatcher | None:
    if not one.schema:
        return None
    if one.is_json:
        return _json(contract, one.schema)
    found = flat(contract, {"$ref": one.schema})
    if one.is_list and one.is_exploded and one.place in ("query", "cookie"):
        value = texts.matcher(contract, found.get("items", {}))
    else:
        every = _separator(one)
        value = _repeated(contract, found, every) if one.is_list else texts.matcher(contract, {"$ref": one.schema})
    return _with_prefix(one, value) if value else None


def _json(contract: Contract, uri: str) -> RequestMatcher | None:
    try:
        schema = closed(contract, {"$ref": uri})
    except TooLarge:
        return None
    return texts.fitting(schema) if schema else None


def _with_prefix(one: Parameter, value: RequestMatcher) -> RequestMatcher | None:
    """The matcher with what its style puts before a value."""
    if one.style not in ("label", "matrix"):
        return value
    return {"matches": f"{_prefix(one)}({value['matches']})"} if value.keys() == {"matches"} else None


def _prefix(one: Parameter) -> str:
    return r"\." if one.style == "label" else f";{regexes.quoted(one.name)}="


def _separator(one: Parameter) -> str:
    """The expression for what stands between the items of a list in one text."""
    if one.is_exploded and one.style in ("label", "matrix"):
        return _prefix(one)
    return _SEPARATORS.get(one.style, ", ?")


def _typed(contract: Contract, operation: Operation) -> str:
    """A regular expression for a path in which numbers and words of a list are told apart."""
    known = {one.name: one for one in operation.parameters if one.place == "path" and one.schema and not one.is_json}
    each = {
        name: texts.expression(flat(contract, {"$ref": one.schema}))
        for name, one in known.items()
        if one.style == "simple" and not one.is_list
    }
    parts = re.split(r"(\{[^}]*\})", matching.encoded(operation.path))
    return "".join(
        f"({each.get(unquote(part[1:-1])) or matching.SEGMENT})" if part[:1] == "{" else regexes.quoted(part)
        for part in parts
    )
