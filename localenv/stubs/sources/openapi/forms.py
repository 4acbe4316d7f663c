"""WireMock's matchers for forms: in a URL's encoding, and in parts."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from localenv.stubs.sources.openapi import coercing, parameters, regexes, texts
from localenv.stubs.sources.openapi.closing import TooLarge, closed
from localenv.stubs.sources.openapi.merging import Flat, flat
from localenv.stubs.sources.openapi.operations import Media
from localenv.stubs.sources.openapi.reading import Contract
from localenv.stubs.sources.openapi.schemas import Direction
from localenv.stubs.sources.openapi.texts import RequestMatcher

_BINARY = ("binary", "byte", "base64")


def fields(contract: Contract, media: Media) -> RequestMatcher:
    """What a request pattern needs for a form in a URL's encoding."""
    found = flat(contract, {"$ref": media.schema})
    required = _required(found)
    known: dict[str, RequestMatcher] = {}
    patterns: list[RequestMatcher] = []
    for name, schema in _properties(found):
        inner = flat(contract, schema)
        if inner.get(Direction.REQUEST.foreign) is True:
            continue
        is_needed = name in required
        if is_nested(contract, media, name, inner):
            patterns += [{"matches": _present(contract, name, inner)}] if is_needed else []
            known.update(_deep(contract, media, name, inner, is_needed))
        elif matcher := _field(contract, media, name, schema, is_needed):
            known[name] = matcher
    if is_closed(found):
        patterns.append({"matches": _only(contract, media, found)})
    return {
        **({"formParameters": known} if known else {}),
        **({"bodyPatterns": patterns} if patterns else {}),
    }


def parts(contract: Contract, media: Media) -> RequestMatcher:
    """What a request pattern needs for a form in parts."""
    required = _required(flat(contract, {"$ref": media.schema}))
    return {"multipartPatterns": [part(name) for name in required]} if required else {}


def misfits(contract: Contract, media: Media) -> Iterator[RequestMatcher]:
    """Patterns for forms with a value that does not fit: beside others that do, or in a part that may be missing."""
    if not media.schema or media.is_json:
        return
    found = flat(contract, {"$ref": media.schema})
    for name, schema in _properties(found):
        inner = flat(contract, schema)
        if media.type.startswith("multipart/"):
            if value := _of_part(contract, schema, inner):
                yield {"multipartPatterns": [{**part(name), "bodyPatterns": [texts.unlike(value)]}]}
        elif is_form(media) and "array" in inner.get("type", ()) and style(media, name) == ("form", True):
            yield from ({"formParameters": {name: one}} for one in parameters.bad_items(contract, inner))


def part(name: str) -> RequestMatcher:
    """A pattern for a part of a name."""
    disposition = {"Content-Disposition": {"matches": f'(?is).*\\bname="?{regexes.quoted(name)}"?(;.*)?'}}
    return {"matchingType": "ANY", "headers": disposition}


def is_form(media: Media) -> bool:
    """Whether it is a form in a URL's encoding."""
    return media.type.startswith("application/x-www-form-urlencoded")


def may_repeat_parts(contract: Contract, media: Media) -> bool:
    """Whether it is a form in parts of which several may have one name: the items of a list."""
    if not media.type.startswith("multipart/"):
        return False
    each = [
        flat(contract, one) for _, one in _properties(flat(contract, {"$ref": media.schema} if media.schema else {}))
    ]
    return not each or any("type" not in one or "array" in one["type"] for one in each)


def style(media: Media, name: str) -> tuple[str, bool]:
    """How a property is written, and whether each of its values stands by itself."""
    every = media.value.get("encoding")
    about = every.get(name) if isinstance(every, dict) else None
    about = about if isinstance(about, dict) else {}
    written = str(about.get("style", "form"))
    return written, about.get("explode", written == "form") is True


def is_nested(contract: Contract, media: Media, name: str, found: Flat) -> bool:
    """Whether a property can be written in several fields, as `name[key]=…`, or a list as `name[0]=…`."""
    kinds = coercing.kinds(contract, found)
    return "object" in kinds or ("array" in kinds and style(media, name)[0] == "deepObject")


def is_closed(found: Flat) -> bool:
    """Whether only the properties that are listed may be sent."""
    return found.get("additionalProperties") is False and not found.get("patternProperties")


def _properties(found: Flat) -> Iterator[tuple[str, Any]]:
    properties: Mapping[str, Any] = found.get("properties") or {}
    yield from properties.items()


def _required(found: Flat) -> list[str]:
    properties = dict(_properties(found))
    names = [one for one in found.get("required") or () if isinstance(one, str)]
    return [one for one in names if not _is_foreign(properties.get(one))]


def _is_foreign(schema: Any) -> bool:
    return isinstance(schema, dict) and schema.get(Direction.REQUEST.foreign) is True


def _field(contract: Contract, media: Media, name: str, schema: Any, is_needed: bool) -> RequestMatcher | None:
    found, (written, is_exploded) = flat(contract, schema), style(media, name)
    if "array" in found.get("type", ()):
        value = (
            texts.matcher(contract, found.get("items", {}))
            if is_exploded
            else parameters.delimited(contract, found, written)
        )
    else:
        value = texts.matcher(contract, schema)
    if is_needed:
        return value or {"matches": texts.ANY}
    return {"or": [{"absent": True}, value]} if value else None


def _deep(contract: Contract, media: Media, name: str, found: Flat, is_needed: bool) -> dict[str, RequestMatcher]:
    """The matchers for the properties of an object that are written as `name[property]`."""
    if style(media, name)[0] != "deepObject":
        return {}
    made: dict[str, RequestMatcher] = {}
    for key, schema in _properties(found):
        inner = flat(contract, schema)
        if {"object", "array"} & set(inner.get("type", ())):
            continue
        value = texts.matcher(contract, schema)
        if is_needed and key in _required(found):
            made[f"{name}[{key}]"] = value or {"matches": texts.ANY}
        elif value:
            made[f"{name}[{key}]"] = {"or": [{"absent": True}, value]}
    return made


def _present(contract: Contract, name: str, found: Flat) -> str:
    """A regular expression for a form with an object: as JSON, with brackets or dots, or its properties by name."""
    inner = "".join(f"|{_encoded(key)}=" for key, _ in _properties(found))
    return rf"(?s)(?:.*&)?(?:{_encoded(name)}(?:=|\[|%5[Bb]|\.){inner}).*"


def _only(contract: Contract, media: Media, found: Flat) -> str:
    """A regular expression for a form with no other names than these."""
    names = []
    for name, schema in _properties(found):
        inner = flat(contract, schema)
        has_more = is_nested(contract, media, name, inner)
        names.append(_encoded(name) + (r"(?:(?:\[|%5[Bb]|\.)[^=&]*)?" if has_more else ""))
        names += [_encoded(key) for key, _ in _properties(inner)] if has_more else []
    return f"(?s)(?:(?:{'|'.join(names)})(?:=[^&]*)?(?:&|$))*" if names else ""


def _encoded(name: str) -> str:
    """A regular expression for a name as it is sent."""
    return "".join(_character(one) for one in name)


def _character(one: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9_.~-]", one):
        return regexes.quoted(one)
    sent = "".join(f"%{byte:02X}" for byte in one.encode())
    return rf"(?:{regexes.quoted(one)}|(?i:{sent}){'|[+]' if one == ' ' else ''})"


def _of_part(contract: Contract, schema: Any, found: Flat) -> RequestMatcher | None:
    """A matcher for the body of a part: text, or JSON of an object; None if every one fits."""
    kinds = set(found.get("type", ()))
    if found.get("format") in _BINARY or "contentMediaType" in found or "contentEncoding" in found or "array" in kinds:
        return None
    if "object" not in kinds:
        return texts.matcher(contract, schema)
    try:
        return texts.fitting(closed(contract, schema))
    except TooLarge:
        return None
