"""WireMock's matchers for the requests that a contract allows."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

from localenv.stubs.sources.openapi import regexes
from localenv.stubs.sources.openapi.closing import TEXT_FORMATS, TooLarge, closed
from localenv.stubs.sources.openapi.merging import Flat, flat
from localenv.stubs.sources.openapi.operations import Media, Operation, Parameter
from localenv.stubs.sources.openapi.reading import Contract
from localenv.stubs.sources.openapi.schemas import Direction

Matcher = dict[str, Any]

_VERSION = "V202012"
_ANY = r"(?s).*"
_SOME = r"(?s).+"
_ENCODED = ".*%[0-9A-Fa-f]{2}.*"
_NUMBERS = {"integer": r"-?(0|[1-9]\d*)", "number": r"-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?", "boolean": "true|false"}
_PATH = "/!$&'()*+,;=:@{}"
_SECTIONS = {"query": "queryParameters", "header": "headers", "cookie": "cookies", "path": "pathParameters"}
_SAMPLE = "[^/]+"


def address(operation: Operation) -> Matcher:
    """A request pattern for the method, path, and what the path's key says of query and fragment."""
    pattern: Matcher = {"method": operation.method, **_url(operation.path)}
    for name, value in parse_qsl(operation.query, keep_blank_values=True):
        pattern.setdefault("queryParameters", {})[name] = _equal(value)
    if operation.fragment:
        name, equals, value = operation.fragment.partition("=")
        if equals:
            place = next((one.place for one in operation.parameters if one.name == name), "")
            section = _SECTIONS.get(place, "formParameters" if _is_form(operation) else "queryParameters")
            pattern.setdefault(section, {})[name] = _equal(unquote(value))
    return pattern


def _equal(value: str) -> Matcher:
    return {"matches": _SOME} if re.fullmatch(r"\{.*\}", value) else {"equalTo": value}


def _is_form(operation: Operation) -> bool:
    return any(is_form(one) for one in operation.body)


def _url(path: str) -> Matcher:
    if "{" not in path:
        return {"urlPath": encoded(path)}
    names = re.findall(r"\{([^}]*)\}", path)
    if _is_whole(path) and _unique(names) and _unique([*map(template_name, names)]):
        return {
            "urlPathTemplate": re.sub(r"\{([^}]*)\}", lambda found: f"{{{template_name(found[1])}}}", encoded(path))
        }
    parts = re.split(r"(\{[^}]*\})", encoded(path))
    return {"urlPathPattern": "".join(_SAMPLE if part[:1] == "{" else quoted(part) for part in parts)}


def encoded(path: str) -> str:
    """A path as it is sent, with its templates."""
    return quote(unquote(path), safe=_PATH)


def template_name(name: str) -> str:
    """The name of a path's parameter as WireMock takes it."""
    return re.sub(r"[^A-Za-z0-9_]", "_", unquote(name))


def _is_whole(path: str) -> bool:
    return all(re.fullmatch(r"\{[^}]*\}", part) for part in path.split("/") if "{" in part)


def _unique(names: list[str]) -> bool:
    return len(set(names)) == len(names)


def quoted(text: str) -> str:
    """Text as a regular expression of Java."""
    return re.sub(r"([\\.\[\](){}*+?|^$])", r"\\\1", text)


def of_parameters(contract: Contract, operation: Operation, pattern: Matcher) -> Matcher:
    """The pattern with a matcher for each parameter whose absence or value a service would refuse."""
    found = {key: dict(one) if isinstance(one, dict) else one for key, one in pattern.items()}
    if "urlPathPattern" in pattern:
        found["urlPathPattern"] = _typed(contract, operation)
    for one in operation.parameters:
        if one.place == "path" and "urlPathTemplate" not in pattern:
            continue
        section = found.setdefault(_SECTIONS[one.place], {})
        matcher = _of_parameter(contract, one)
        name = template_name(one.name) if one.place == "path" else one.name
        if matcher and name not in section:
            section[name] = matcher
        if not section:
            del found[_SECTIONS[one.place]]
    return found


def _typed(contract: Contract, operation: Operation) -> str:
    """A regular expression for a path in which numbers and words of a list are told apart."""
    known = {one.name: one.schema for one in operation.parameters if one.place == "path" and one.schema}
    each = {name: _expression(flat(contract, {"$ref": schema})) for name, schema in known.items()}
    parts = re.split(r"(\{[^}]*\})", encoded(operation.path))
    return "".join(
        f"({each.get(unquote(part[1:-1])) or _SAMPLE})" if part[:1] == "{" else quoted(part) for part in parts
    )


def _of_parameter(contract: Contract, one: Parameter) -> Matcher | None:
    if one.style == "deepObject":
        return None
    value = _of_value(contract, {"$ref": one.schema}, one) if one.schema else None
    if value and one.place == "path" and value.get("matches") not in _NUMBERS.values():
        value = {"or": [value, {"matches": _ENCODED}]}  # of a path WireMock compares what was sent, not what it means
    if one.is_required:
        return value or {"matches": _ANY if one.place in ("query", "cookie") else _SOME}
    if value is None or one.place == "cookie":  # of an optional cookie WireMock knows no `or`
        return None
    return {"or": [{"absent": True}, value]}


def bad_items(contract: Contract, operation: Operation) -> Iterator[Matcher]:
    """Patterns for requests with a value that does not fit beside others that do: one is enough for a matcher."""
    for one in operation.parameters:
        is_repeated = one.is_list and one.is_exploded and one.place == "query" and one.schema
        value = _of_value(contract, {"$ref": one.schema}, one) if is_repeated else None
        if value:
            yield {"queryParameters": {one.name: {"matches": f"(?s)(?!(?:{value['matches']})$).*"}}}


def _of_value(contract: Contract, schema: Any, one: Parameter) -> Matcher | None:
    found = flat(contract, schema)
    if one.is_list:
        expressions = [_expression(flat(contract, found.get("items", {})))]
        if not expressions[0]:
            return None
        each = expressions[0]
        if one.is_exploded and one.place in ("query", "cookie"):
            return {"matches": each}
        separator = {"spaceDelimited": "( |%20|\\+)", "pipeDelimited": "(\\||%7C)"}.get(one.style, ", ?")
        return {"matches": f"({each})({separator}({each}))*"}
    return text_matcher(found)


def text_matcher(found: Flat) -> Matcher | None:
    """A matcher for a value that travels as text; None if every text fits."""
    expression = _expression(found)
    matchers: list[Matcher] = [{"matches": expression}] if expression else []
    matchers += [{"matches": _searched(one)} for one in found.get("patterns", ()) if _is_usable(one)]
    least, most = found.get("minLength"), found.get("maxLength")
    if isinstance(least, int) or isinstance(most, int):
        matchers.append({"matches": f"(?s).{{{least or 0},{most if most is not None else ''}}}"})
    limits = {key: found[key] for key in _LIMITS if key in found and not isinstance(found[key], bool)}
    if limits and {"integer", "number"} & set(found.get("type", ())):
        matchers.append(_fitting({"type": "number", **limits}))
    if not matchers:
        return None
    return matchers[0] if len(matchers) == 1 else {"and": matchers}


_LIMITS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")


def _expression(found: Flat) -> str:
    """A regular expression for the whole text of a value; empty if every text fits."""
    options = [found["const"]] if "const" in found else found.get("enum")
    if isinstance(options, list) and options:
        return "|".join(quoted(_text(one)) for one in options if one is not None)
    kinds = [one for one in found.get("type", ()) if one != "null"]
    if kinds and all(one in _NUMBERS for one in kinds):
        return "|".join(_NUMBERS[one] for one in kinds)
    if kinds == ["string"] and not found.get("patterns") and (known := TEXT_FORMATS.get(str(found.get("format")))):
        return known.removeprefix("^").removesuffix("$")
    return ""


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _searched(pattern: str) -> str:
    return (
        pattern
        if pattern.startswith("^") and pattern.endswith("$") and "|" not in pattern
        else f"(?s).*(?:{pattern}).*"
    )


def _is_usable(pattern: Any) -> bool:
    return isinstance(pattern, str) and not regexes.is_endless(pattern) and "\\p{" not in pattern


def is_form(media: Media) -> bool:
    """Whether it is a form in a URL's encoding."""
    return media.type.startswith("application/x-www-form-urlencoded")


def content_type(*types: str) -> Matcher:
    """A matcher for a Content-Type header of one of these types, with any parameters."""
    each = "|".join(quoted(one.partition(";")[0].strip()).replace("\\*", "[^/;]+") for one in types)
    return {"matches": f"(?i)\\s*({each})\\s*(;.*)?"}


def bodies(contract: Contract, operation: Operation) -> Iterator[tuple[Media | None, Matcher]]:
    """Each content type of the body, and none where it is optional, with what the pattern needs besides.

    Raises TooLarge for a schema that WireMock should not hold.
    """
    if not operation.body:
        yield None, {}
        return
    for media in operation.body:
        yield media, {"headers": {"Content-Type": content_type(media.type)}, **_body(contract, media)}
    if not operation.is_body_required:
        yield None, {"bodyPatterns": [{"absent": True}]}


def _body(contract: Contract, media: Media) -> Matcher:
    if not media.schema:
        return {}
    if media.is_json:
        schema = closed(contract, {"$ref": media.schema})
        return {"bodyPatterns": [_fitting(schema)]} if schema else {}
    found = flat(contract, {"$ref": media.schema})
    properties: Mapping[str, Any] = found.get("properties") or {}
    required = [one for one in found.get("required") or () if isinstance(one, str)]
    if is_form(media):
        fields = {name: _field(contract, one, name in required) for name, one in properties.items()}
        return {"formParameters": kept} if (kept := {name: one for name, one in fields.items() if one}) else {}
    if media.type.startswith("multipart/"):
        return {"multipartPatterns": [_part(name) for name in required]} if required else {}
    return {}


def _fitting(schema: Any) -> Matcher:
    return {"matchesJsonSchema": json.dumps(schema, ensure_ascii=False), "schemaVersion": _VERSION}


def _part(name: str) -> Matcher:
    disposition = {"Content-Disposition": {"matches": f'(?is).*\\bname="?{quoted(name)}"?(;.*)?'}}
    return {"matchingType": "ANY", "headers": disposition}


def _field(contract: Contract, schema: Any, is_required: bool) -> Matcher | None:
    found = flat(contract, schema)
    if found.get(Direction.REQUEST.foreign) is True:
        return None
    items = flat(contract, found.get("items", {})) if "array" in found.get("type", ()) else found
    value = None if {"object", "array"} & set(items.get("type", ())) or items.get("choices") else text_matcher(items)
    if is_required:
        return value or {"matches": _ANY}
    return {"or": [{"absent": True}, value]} if value else None


def unauthorized(operation: Operation) -> Iterator[Matcher]:
    """Patterns for requests without the declared security: those that lack one scheme of each alternative."""
    if not operation.security or any(not alternative for alternative in operation.security):
        return
    combinations: list[list[Mapping[str, Any]]] = [[]]
    for alternative in operation.security:
        combinations = [[*one, scheme] for one in combinations for scheme in alternative.values()][:8]
    for schemes in combinations:
        pattern: dict[str, dict[str, list[Matcher]]] = {}
        for scheme in schemes:
            section, name, matcher = _without(scheme)
            pattern.setdefault(section, {}).setdefault(name, []).append(matcher)
        yield {
            section: {name: each[0] if len(each) == 1 else {"and": each} for name, each in names.items()}
            for section, names in pattern.items()
        }


def _without(scheme: Mapping[str, Any]) -> tuple[str, str, Matcher]:
    if scheme.get("type") == "apiKey" and isinstance(scheme.get("name"), str):
        return _SECTIONS.get(str(scheme.get("in")), "headers"), scheme["name"], {"absent": True}
    word = "basic" if str(scheme.get("scheme", "")).lower() == "basic" else "bearer"
    if scheme.get("type") == "http" and str(scheme.get("scheme", "")).lower() not in ("basic", "bearer"):
        return "headers", "Authorization", {"absent": True}
    return "headers", "Authorization", {"not": {"matches": rf"(?i)\s*{word}\s+\S.*"}}


__all__ = ["TooLarge", "address", "bodies", "content_type", "of_parameters", "unauthorized"]
