"""WireMock's matchers for values that travel as text: those of parameters, and of fields in forms."""

import json
from typing import Any

from localenv.stubs.sources.openapi import regexes
from localenv.stubs.sources.openapi.closing import TEXT_FORMATS
from localenv.stubs.sources.openapi.merging import Flat, flat
from localenv.stubs.sources.openapi.reading import Contract

RequestMatcher = dict[str, Any]

ANY = r"(?s).*"
SOME = r"(?s).+"
NUMBERS = {"integer": r"-?(0|[1-9]\d*)", "number": r"-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?", "boolean": "true|false"}

_VERSION = "V202012"
_LIMITS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
_STRUCTURED = frozenset({"array", "object"})
_NULL = "|null|"  # as a word, or as nothing


def matcher(contract: Contract, schema: Any) -> RequestMatcher | None:
    """A matcher for a value; None if every text fits."""
    found = flat(contract, schema)
    own = _own(found)
    parts = [own] if own else []
    for choice in found.get("choices", ()):
        options = [matcher(contract, option) for option in choice["options"]]
        known = [one for one in options if one]
        if known and len(known) == len(options):
            parts.append(known[0] if len(known) == 1 else {"or": known})
    return both(parts) if parts else None


def both(parts: list[RequestMatcher]) -> RequestMatcher:
    """One matcher for what fits all of several."""
    return parts[0] if len(parts) == 1 else {"and": parts}


def unlike(found: RequestMatcher) -> RequestMatcher:
    """A matcher for a value that is there, and that another one does not match."""
    if found.keys() == {"matches"}:
        return {"matches": rf"(?s)(?!(?:{found['matches']})$).*"}
    return {"and": [{"matches": ANY}, {"not": found}]}


def fitting(schema: Any) -> RequestMatcher:
    """A matcher for JSON that fits a schema without references to other documents."""
    return {"matchesJsonSchema": json.dumps(schema, ensure_ascii=False), "schemaVersion": _VERSION}


def expression(found: Flat) -> str:
    """A regular expression for the whole text of a value; empty if every text fits."""
    options = [found["const"]] if "const" in found else found.get("enum")
    if isinstance(options, list) and options:
        return "|".join(regexes.quoted(_text(one)) for one in options if one is not None) + _NULL * (None in options)
    kinds = [one for one in found.get("type", ()) if one != "null"]
    null = _NULL * ("null" in found.get("type", ()))
    if kinds and all(one in NUMBERS for one in kinds):
        return "|".join(NUMBERS[one] for one in kinds) + null
    if kinds == ["string"] and not found.get("patterns") and (known := TEXT_FORMATS.get(str(found.get("format")))):
        return known.removeprefix("^").removesuffix("$") + null
    return ""


def _own(found: Flat) -> RequestMatcher | None:
    """A matcher for what a schema says itself, without its alternatives."""
    if _STRUCTURED & set(found.get("type", ())):
        return None
    whole = expression(found)
    matchers: list[RequestMatcher] = [{"matches": whole}] if whole else []
    is_nullable = "null" in found.get("type", ())
    patterns = [one for one in found.get("patterns", ()) if _is_usable(one)]
    matchers += [{"matches": _or_null(regexes.java(_searched(one)), is_nullable)} for one in patterns]
    if patterns and (form := TEXT_FORMATS.get(str(found.get("format")))):
        matchers.append({"matches": _or_null(form, is_nullable)})
    least, most = found.get("minLength"), found.get("maxLength")
    if isinstance(least, int) or isinstance(most, int):
        length = f"(?s).{{{least or 0},{most if most is not None else ''}}}"
        matchers.append({"matches": _or_null(length, is_nullable)})
    limits = {key: found[key] for key in _LIMITS if key in found and not isinstance(found[key], bool)}
    if limits and {"integer", "number"} & set(found.get("type", ())):
        matchers.append(fitting({"type": ["number", "null"] if is_nullable else "number", **limits}))
    return both(matchers) if matchers else None


def _or_null(pattern: str, is_nullable: bool) -> str:
    return f"(?:{pattern}){_NULL}" if is_nullable else pattern


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _searched(pattern: str) -> str:
    is_whole = pattern.startswith("^") and pattern.endswith("$") and "|" not in pattern
    return pattern if is_whole and not pattern.endswith("\\$") else f"(?s).*(?:{pattern}).*"


def _is_usable(pattern: Any) -> bool:
    return isinstance(pattern, str) and not regexes.is_endless(pattern)
