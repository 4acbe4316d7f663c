"""The parameters and forms of a request as values."""

import json
import re
from collections.abc import Iterator, Mapping
from email import message_from_bytes
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs, unquote

from localenv.stubs.sources.kind import Exchange
from localenv.stubs.sources.openapi import forms, matching
from localenv.stubs.sources.openapi.coercing import coerced, kinds
from localenv.stubs.sources.openapi.merging import flat
from localenv.stubs.sources.openapi.operations import Media, Operation, Parameter
from localenv.stubs.sources.openapi.reading import Contract
from localenv.stubs.urls import path_of, query_of

MISSING = object()

_SEPARATORS = {"spaceDelimited": " ", "pipeDelimited": "|"}
_PREFIXED = ("label", "matrix")  # styles with something before the value
_SCALARS = frozenset({"string", "integer", "number", "boolean"})
_CHARSET = re.compile(r"""charset="?([^\s";]+)""", re.IGNORECASE)
_BRACKETS = re.compile(r"\[([^\]]*)\]")


class SentParameters:
    """The parameters of a request."""

    def __init__(self, contract: Contract, operation: Operation, exchange: Exchange) -> None:
        self._contract = contract
        self._path = _of_path(operation, path_of(exchange.url))
        self._query = parse_qs(query_of(exchange.url), keep_blank_values=True)
        self._headers = exchange.headers

    def values(self, one: Parameter) -> list[Any]:
        """What a parameter can mean, the best first; empty if it is missing. Raises ValueError for what is no JSON."""
        if one.fields and one.place == "query" and one.style == "deepObject":
            found = _nested(self._query, one.name)
            return [coerced(self._contract, found, {"$ref": one.fields})] if found else []
        if one.fields and one.place == "query" and one.style == "form" and one.is_exploded:
            known = flat(self._contract, {"$ref": one.fields}).get("properties") or {}
            spread = {name: self._query[name] for name in known if name in self._query}
            return [coerced(self._contract, spread, {"$ref": one.fields})] if spread else []
        texts = self._texts(one)
        if not texts or (one.may_be_empty and texts == [""]):
            return [] if not texts else [MISSING]
        if one.is_json:
            return [_parsed(texts[0])]
        if one.fields:
            return [coerced(self._contract, _paired(one, texts[0]), {"$ref": one.fields})]
        if not one.schema:
            return [MISSING]
        schema = {"$ref": one.schema}
        if one.is_list:
            items = _split(one, texts)
            return [coerced(self._contract, items, schema)] if items or one.style not in _PREFIXED else []
        text = _without_prefix(one, texts[0])
        return [coerced(self._contract, text, schema), text, *([_split(one, texts)] if len(texts) > 1 else [])]

    def _texts(self, parameter: Parameter) -> list[str]:
        match parameter.place:
            case "path":
                return self._path.get(parameter.name, [""])
            case "query":
                return self._query.get(parameter.name, [])
            case "header":
                return [self._headers[name]] if (name := parameter.name.lower()) in self._headers else []
        pairs = (one.strip().partition("=") for one in self._headers.get("cookie", "").split(";"))
        return [value for name, _, value in pairs if name == parameter.name]


def form(contract: Contract, media: Media, content_type: str, body: bytes) -> Any:
    """The fields of a form as its schema means them; MISSING for another content type."""
    if forms.is_form(media):
        given = parse_qs(body.decode(errors="replace"), keep_blank_values=True)
    elif media.type.startswith("multipart/"):
        given = _parts(content_type, body)
    else:
        return MISSING
    return coerced(contract, dict(_fields(contract, media, given)), {"$ref": media.schema})


def text(contract: Contract, media: Media, content_type: str, body: bytes) -> Any:
    """A text as its schema means it; MISSING if that describes no text, or if the text cannot be decoded."""
    schema = {"$ref": media.schema}
    if not kinds(contract, flat(contract, schema)) & _SCALARS:
        return MISSING
    try:
        found = body.decode(_charset(content_type))
    except (UnicodeDecodeError, LookupError):
        return MISSING
    return coerced(contract, found.removesuffix("\n").removesuffix("\r"), schema)


def _charset(content_type: str) -> str:
    """The charset of a content type, UTF-8 if it names none."""
    found = _CHARSET.search(content_type)
    return found[1] if found else "utf-8"


def _fields(contract: Contract, media: Media, given: Mapping[str, list[str]]) -> Iterator[tuple[str, Any]]:
    properties = flat(contract, {"$ref": media.schema}).get("properties") or {}
    spread = {key for name in properties for key in given if key.startswith((f"{name}[", f"{name}."))}
    for name, schema in properties.items():
        found = flat(contract, schema)
        if name in given:
            yield name, _field(given[name], found.get("type", ()), *forms.style(media, name))
        elif forms.is_nested(contract, media, name, found) and (
            nested := _nested(given, name) or _own_names(found, given, properties)
        ):
            spread |= nested.keys()
            yield name, nested
    yield from ((name, values) for name, values in given.items() if name not in properties and name not in spread)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def _field(values: list[str], kinds: Any, style: str, is_exploded: bool) -> Any:
    if {"object", "array"} & set(kinds) and len(values) == 1 and values[0].lstrip()[:1] in ("{", "["):
        try:
            return json.loads(values[0])
        except (ValueError, RecursionError):
            return values
    if "array" in kinds and not is_exploded:
        return values[0].split(_SEPARATORS.get(style, ","))
    return values if "array" in kinds or len(values) > 1 else values[0]


def _own_names(
    found: Mapping[str, Any], given: Mapping[str, list[str]], taken: Mapping[str, Any]
) -> dict[str, list[str]]:
    """The properties of an object that are written by their own names."""
    return {name: given[name] for name in found.get("properties") or {} if name in given and name not in taken}


def _parts(content_type: str, body: bytes) -> dict[str, list[str]]:
    """The parts of a multipart body by name."""
    message = message_from_bytes(b"Content-Type: " + content_type.encode(errors="replace") + b"\r\n\r\n" + body)
    found: dict[str, list[str]] = {}
    for one in message.get_payload() if message.is_multipart() else ():
        name = one.get_param("name", header="content-disposition")  # type: ignore[union-attr]
        content = one.get_payload(decode=True) or b""  # type: ignore[union-attr]
        if isinstance(name, str) and isinstance(content, bytes):
            found.setdefault(name, []).append(content.decode(errors="replace"))
    return found


def _nested(given: Mapping[str, list[str]], name: str) -> dict[str, Any]:
    """The object that is written as `name[a]=…&name[b][c]=…`."""
    found: dict[str, Any] = {}
    for key, values in given.items():
        if not key.startswith(f"{name}["):
            continue
        *outer, last = _BRACKETS.findall(key.removeprefix(name)) or [""]
        is_list = last == "" and bool(outer)
        *outer, last = outer if is_list else [*outer, last]
        node = found
        for part in outer:
            inner = node.setdefault(part, {})
            node = inner if isinstance(inner, dict) else {}
        node[last] = values if is_list or len(values) > 1 else values[0]
    return found


def _of_path(operation: Operation, path: str) -> dict[str, list[str]]:
    names = re.findall(r"\{([^}]*)\}", operation.path)
    found = _expression(operation.path).fullmatch(path) if names else None
    return {name: [unquote(value)] for name, value in zip(names, found.groups() if found else (), strict=False)}


@lru_cache(maxsize=4096)
def _expression(path: str) -> re.Pattern[str]:
    parts = re.split(r"(\{[^}]*\})", matching.encoded(path))
    return re.compile("".join("([^/]+)" if part[:1] == "{" else re.escape(part) for part in parts))


def _without_prefix(one: Parameter, text: str) -> str:
    """What follows the prefix of a style; empty without it."""
    prefix = {"label": ".", "matrix": f";{one.name}="}.get(one.style, "")
    return text.removeprefix(prefix) if text.startswith(prefix) else ""


def _split(one: Parameter, texts: list[str]) -> list[str]:
    if one.is_exploded and len(texts) > 1:
        return texts
    text = texts[0]
    if one.style == "matrix" and one.is_exploded:
        items = _without_prefix(one, text)
        return items.split(f";{one.name}=") if items else []
    separator = "." if one.style == "label" and one.is_exploded else _SEPARATORS.get(one.style, ",")
    if one.style in _PREFIXED and not _without_prefix(one, text):
        return []
    return [part.strip() for part in _without_prefix(one, text).split(separator)]  # of an empty text: one empty item


def _paired(one: Parameter, text: str) -> dict[str, str]:
    """An object in one text: `a,1,b,2`, or `a=1,b=2`."""
    plain = _without_prefix(one, text)
    if one.is_exploded:
        separator = {"label": ".", "matrix": ";"}.get(one.style, ",")
        pairs = (part.partition("=") for part in plain.strip(";").split(separator))
        return {name: value for name, _, value in pairs}
    parts = plain.split(_SEPARATORS.get(one.style, ","))
    return dict(zip(parts[::2], parts[1::2], strict=False))
