"""Values that WireMock refuses when it loads a matcher."""

import re
from collections.abc import Collection, Mapping
from typing import Any
from xml.parsers import expat

from localenv.errors.problems import KeyPath
from localenv.stubs import vocabulary
from localenv.stubs.sources.folder import java_dates, java_regex
from localenv.stubs.sources.folder import json_path as json_paths
from localenv.stubs.sources.folder.findings import Finding, Findings, meant

_OFFSET = re.compile(r"now [+-]\d+ (\S+)\s*")
_XML_1_1 = re.compile(r"""<\?xml\s+version\s*=\s*["']1\.1""")  # which Python does not parse
_DATES = ("before", "after", "equalToDateTime")


def operand(name: str, value: str, where: KeyPath) -> Findings:
    """The mistake in the text of a matcher, at `where`."""
    if name in ("matches", "doesNotMatch"):
        yield from regex(value, where)
    elif name == "equalToXml" and (why := _not_xml(value)):
        yield Finding(where, f"'{name}' is not well-formed XML: {why}")
    elif name in _DATES and (found := _OFFSET.fullmatch(value)):
        yield from _unit(found[1], where)


def regex(value: Any, where: KeyPath) -> Findings:
    """The mistake in a regular expression, if the value is a text."""
    if isinstance(value, str) and (why := java_regex.mistake(value)):
        yield Finding(where, f"'{where[-1]}' is not a regular expression: {why}")


def json_path(value: str, where: KeyPath) -> Findings:
    """The mistake in a JSONPath."""
    if not value.strip():
        yield Finding(where, f"'{where[-1]}' is empty", "as in $.id")
    elif why := json_paths.mistake(value):
        yield Finding(where, f"'{where[-1]}' is not a JSONPath: {why}")


def options(value: Mapping[str, Any], where: KeyPath) -> Findings:
    """Mistakes in what accompanies a matcher."""
    form = value.get("actualFormat")
    if isinstance(form, str) and (why := java_dates.mistake(form)):
        yield Finding((*where, "actualFormat"), f"'actualFormat' is not a format of dates: {why}")
    for key in ("placeholderOpeningDelimiterRegex", "placeholderClosingDelimiterRegex"):
        if value.get("enablePlaceholders") is True:
            yield from regex(value.get(key), (*where, key))
    yield from _unit(value.get("expectedOffsetUnit"), (*where, "expectedOffsetUnit"))
    for key in ("truncateExpected", "truncateActual"):
        given = value.get(key)
        plain = given.lower().replace("_", " ") if isinstance(given, str) else given
        yield from one_of(plain, vocabulary.TRUNCATIONS, (*where, key), "truncation", shown=given)
    yield from one_of(
        value.get("namespaceAwareness"),
        vocabulary.NAMESPACES,
        (*where, "namespaceAwareness"),
        "awareness of namespaces",
    )
    exempted = value.get("exemptedComparisons")
    for index, one in enumerate(exempted) if isinstance(exempted, list) else ():
        yield from one_of(one, vocabulary.COMPARISONS, (*where, "exemptedComparisons", index), "comparison")


def one_of(value: Any, known: Collection[str], where: KeyPath, what: str, *, shown: Any = None) -> Findings:
    """A value that is not one of the known ones; None is no value."""
    if value is not None and value not in known:
        hint = meant(value, known) if isinstance(value, str) else ""
        yield Finding(where, f"unknown {what} {shown or value!r}", hint or "one of " + ", ".join(known))


def _unit(value: Any, where: KeyPath) -> Findings:
    plain = value.lower() if isinstance(value, str) else value
    yield from one_of(plain, vocabulary.DATE_UNITS, where, "unit of time", shown=value)


def _not_xml(text: str) -> str:
    if _XML_1_1.match(text):
        return ""
    try:
        expat.ParserCreate("utf-8", " ").Parse(text.encode(errors="replace"), True)
    except expat.ExpatError as error:
        return str(error)
    return ""
