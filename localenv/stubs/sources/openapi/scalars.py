"""Plausible text and numbers for a schema; the same schema gives the same value."""

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from localenv.stubs.sources.openapi import regexes

_LARGEST = 1 << 16  # characters of a text that is made longer on demand

_WORDS: Sequence[tuple[tuple[str, ...], str]] = (  # text by the last word of a property's name
    (("email", "mail"), "ada@example.com"),
    (("url", "uri", "href", "link", "website"), "https://example.com/{n}"),
    (("currency",), "EUR"),
    (("country",), "DE"),
    (("language", "locale"), "en"),
    (("phone", "mobile"), "+4930123456"),
    (("city",), "Berlin"),
    (("street",), "Unter den Linden 1"),
    (("zip", "postcode", "postalcode", "postal"), "10117"),
    (("firstname",), "Ada"),
    (("lastname", "surname"), "Lovelace"),
    (("username", "login", "nickname"), "ada"),
    (("id", "uuid", "guid", "sid", "reference"), "{name}-{n}"),
    (("at", "date", "datetime", "timestamp", "time"), "2026-01-{d}T09:30:00Z"),
    (("color", "colour"), "#336699"),
    (("version",), "1.0.{n}"),
    (("ip",), "192.0.2.{n}"),
    (("token", "secret", "key", "password"), "{name}-{n}"),
)


def texts(schema: Mapping[str, Any], name: str, seed: int) -> Iterator[str]:
    """Candidates for a text, the best first; the caller validates them."""
    least, most = _length(schema, "minLength", 0), _length(schema, "maxLength", None)
    patterns = [one for one in schema.get("patterns", ()) if isinstance(one, str)]
    form = schema.get("format")
    plain = _of_format(form, seed, name) if isinstance(form, str) else None
    if plain is not None:
        yield plain
        yield from _resized(plain, str(form), least or 0, most)
    if isinstance(media := schema.get("contentEncoding"), str) and media == "base64":
        yield "bG9jYWxlbnY="
    for pattern in patterns:
        for attempt in (seed, seed + 1, seed + 2):
            try:
                found = regexes.sample(pattern, attempt, min(least or 0, _LARGEST))
            except (regexes.Unsupported, RecursionError):
                break
            yield found
            if most is not None and len(found) > most:
                yield found[:most]
    yield from _together(patterns, seed)
    for length in (least, 4, 6, 8, 10, 12, 16, 24, most) if patterns else ():
        yield from ((one * ((length or 0) // len(one) + 1))[: length or 0] for one in ("Aa1!", "Aa1", "a1"))
    if plain is not None and form in ("byte", "binary", "password"):
        yield _fitted(plain, least, most, "A")
    yield _fitted(_named(name, seed), least, most)
    yield _fitted("", least, most)


def _resized(plain: str, form: str, least: int, most: int | None) -> Iterator[str]:
    """A text of a format that is longer or shorter than usual."""
    more = "a" * min(least - len(plain), _LARGEST)
    if more and "@" in plain:
        yield plain.replace("@", f"{more}@")
    elif more and form.startswith(("uri", "url", "iri")):
        yield plain + more
    elif most is not None and len(plain) > most:
        yield from (one for one in ("a@b.co", "http://a.de", "a.de", "a") if len(one) <= most)


def _together(patterns: Sequence[str], seed: int) -> Iterator[str]:
    """Texts that may match several expressions: those of one behind those of another."""
    try:
        found = [regexes.sample(one, seed) for one in patterns if len(patterns) > 1]
    except (regexes.Unsupported, RecursionError):
        return
    yield from ("".join(one) for one in (found, reversed(found)) if found)


def _length(schema: Mapping[str, Any], key: str, otherwise: int | None) -> int | None:
    found = schema.get(key)
    return int(found) if isinstance(found, int | float) and not isinstance(found, bool) else otherwise


def _fitted(text: str, least: int | None, most: int | None, fill: str = "x") -> str:
    text = text if most is None else text[: max(most, 0)]
    return text + fill * (min(least or 0, _LARGEST) - len(text))


@lru_cache(maxsize=4096)
def _named(name: str, seed: int) -> str:
    words = _split(name)
    last, whole = (words[-1] if words else ""), "".join(words)
    for known, text in _WORDS:
        if last in known or whole in known or "".join(words[-2:]) in known:
            return text.format(name="".join(words[:-1]) or last, n=seed + 1, d=f"{seed % 28 + 1:02}")
    return " ".join(words) + (f" {seed + 1}" if seed else "") if words else f"text{f' {seed + 1}' if seed else ''}"


def _split(name: str) -> list[str]:
    spaced = "".join(
        f" {one}" if one.isupper() and not before.isupper() else one
        for before, one in zip(" " + name, name, strict=False)
    )
    return "".join(one if one.isalnum() else " " for one in spaced).lower().split()


@lru_cache(maxsize=4096)
def _of_format(form: str, seed: int, name: str) -> str | None:
    day = f"{seed % 28 + 1:02}"
    return {
        "date-time": f"2026-01-{day}T09:30:00Z",
        "date": f"2026-01-{day}",
        "time": "09:30:00Z",
        "duration": f"P{seed + 1}D",
        "uuid": str(uuid5(NAMESPACE_URL, f"{name}/{seed}")),
        "email": f"ada{seed or ''}@example.com",
        "idn-email": f"ada{seed or ''}@example.com",
        "hostname": f"host{seed or ''}.example.com",
        "idn-hostname": f"host{seed or ''}.example.com",
        "ipv4": f"192.0.2.{seed % 250 + 1}",
        "ipv6": f"2001:db8::{seed % 250 + 1:x}",
        "uri": f"https://example.com/{seed + 1}",
        "url": f"https://example.com/{seed + 1}",
        "iri": f"https://example.com/{seed + 1}",
        "uri-reference": f"/{seed + 1}",
        "iri-reference": f"/{seed + 1}",
        "uri-template": "https://example.com/{id}",
        "json-pointer": "/a",
        "relative-json-pointer": "0",
        "regex": "^a$",
        "byte": "bG9jYWxlbnY=",
        "binary": "localenv",
        "password": "correct horse",
        "char": "a",
        "decimal": "1.50",
        "phone": "+4930123456",
        "int32": str(seed + 1),
        "int64": str(seed + 1),
    }.get(form)


def number(schema: Mapping[str, Any], seed: int, *, is_whole: bool) -> int | float:
    """A number within its limits; the caller validates it."""
    least, most = _limit(schema, "minimum", -math.inf), _limit(schema, "maximum", math.inf)
    step = _limit(schema, "multipleOf", 0)
    over, under = _limit(schema, "exclusiveMinimum", -math.inf), _limit(schema, "exclusiveMaximum", math.inf)
    unit = 1 if is_whole else step or 0.5
    if over >= least:
        least = over + (unit if over + unit < min(most, under) or is_whole else (min(most, under) - over) / 2)
    if under <= most:
        most = under - (unit if under - unit >= least or is_whole else (under - least) / 2)
    wanted = max(least, min(most, float(seed + 1)))
    wanted = min(most, least + seed) if 1 < least < math.inf else wanted
    if step:
        wanted = math.ceil(round(max(least, min(most, wanted)) / step, 9)) * step
        wanted = wanted - step if wanted > most else wanted
        return round(wanted) if float(wanted).is_integer() else _tidy(wanted, step)
    if is_whole:
        return math.ceil(wanted)
    return int(wanted) if float(wanted).is_integer() else wanted


def _limit(schema: Mapping[str, Any], key: str, otherwise: float) -> float:
    found = schema.get(key)
    return found if isinstance(found, int | float) and not isinstance(found, bool) else otherwise


def _tidy(value: float, step: float) -> float:
    """A multiple without the digits that binary fractions add."""
    digits = len(f"{step:.10f}".rstrip("0").partition(".")[2])
    return round(value, digits)
