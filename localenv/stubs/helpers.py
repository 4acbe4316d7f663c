"""The helpers of WireMock's templates: names that there are not, and arguments that they refuse."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from localenv.stubs import xpath
from localenv.stubs.sources.folder import java_regex, json_path
from localenv.stubs.vocabulary import TRUNCATIONS

# of WireMock 3.13
_NAMES = frozenset({
    "abbreviate", "and", "array", "arrayAdd", "arrayJoin", "arrayRemove", "assign", "base64", "block", "capitalize",
    "capitalizeFirst", "center", "contains", "cut", "date", "dateFormat", "defaultIfEmpty", "each", "embedded",
    "eq", "formData", "formatJson", "formatXml", "gt", "gte", "hostname", "i18n", "i18nJs", "if", "isEven", "isOdd",
    "join", "jsonArrayAdd", "jsonMerge", "jsonPath", "jsonRemove", "ljust", "log", "lookup", "lower", "lt", "lte",
    "matches", "math", "neq", "not", "now", "numberFormat", "or", "parseDate", "parseJson", "partial", "pickRandom",
    "precompile", "randomDecimal", "randomInt", "randomValue", "range", "regexExtract", "replace", "rjust", "size",
    "slugify", "soapXPath", "stringFormat", "stripTags", "stripes", "substring", "systemValue", "toJson", "trim",
    "truncateDate", "unless", "upper", "urlEncode", "val", "with", "wordWrap", "xPath", "yesno",
})  # fmt: skip
_FEWEST = {  # arguments, where fewer are an error: whether the answer is 500, or a text with an error
    "abbreviate": (2, True), "contains": (2, False), "jsonPath": (2, False), "jsonRemove": (2, False),
    "math": (3, False), "matches": (2, False), "range": (2, False), "regexExtract": (2, True), "replace": (3, True),
    "substring": (2, True), "truncateDate": (2, False), "wordWrap": (2, True), "xPath": (2, False),
    "soapXPath": (2, False),
}  # fmt: skip
_WITH_SIZE = ("center", "ljust", "rjust")
_NUMBERS = {**dict.fromkeys(_WITH_SIZE, "size"), "randomValue": "length"}  # options without quotes
_PIECE = re.compile(r""""[^"]*"|'[^']*'|[()=]|\|[^|]*\||(?:\[[^\]]*\]|[^\s()="'|\[])+""")
_OFFSET = re.compile(r"(?:now )?[+-]?[0-9]+ (?:seconds|minutes|hours|days|months|years)", re.IGNORECASE)
_DATE = re.compile(r"'[^']*'|[GyYMLwWDdFEuaHkKhmsSzZ]|X{1,3}(?!X)|[^A-Za-z']")  # as SimpleDateFormat takes it
_SPECIAL = ("epoch", "unix")
_SIGNS = ("+", "-", "*", "/", "%", "x")


class Mistake(NamedTuple):
    """What is wrong with a call, and whether WireMock answers with 500; else it writes an error into the answer."""

    reason: str
    is_fatal: bool = True


@dataclass(frozen=True, kw_only=True)
class _Call:
    name: str
    is_helper: bool  # by its form; else it may be a value
    arguments: Sequence[str | None]  # None: known only when it is called
    options: Mapping[str, str | None] = field(default_factory=dict)


def mistake(content: str) -> Mistake | None:
    """The first mistake in the content of a tag, such as `now offset='3 days'`; None if none is known."""
    if content[:1] in ("!", ">", "/") or content[:2] in ("#*", "#>"):
        return None
    is_inverse = content[:1] == "^"
    plain = content.lstrip("#^&").strip()
    words = plain.split(maxsplit=1)
    if words and words[0] == "else":
        plain = words[1] if len(words) > 1 else ""
    for call in _calls(plain, is_inverse=is_inverse):
        if call.is_helper and call.name not in _NAMES:
            return Mistake(f"there is no helper '{call.name}'")
        if call.name in _NAMES and not is_inverse and (found := _arguments(call)):
            return found
    return None


def _calls(content: str, *, is_inverse: bool) -> Iterator[_Call]:
    """The calls in an expression, inner ones first."""
    open_: list[list[str | None]] = [[]]
    for piece in _PIECE.findall(content):
        if piece == "(":
            open_.append([])
        elif piece == ")" and len(open_) > 1:
            inner = open_.pop()
            open_[-1].append(None)
            yield from _call(inner, is_helper=True)
        else:
            open_[-1].append(piece)
    if len(open_) == 1:
        yield from _call(open_[0], is_helper=len(open_[0]) > 1 and not is_inverse)


def _call(pieces: Sequence[str | None], *, is_helper: bool) -> Iterator[_Call]:
    name, *rest = pieces or [None]
    if name is None or name[0] in "\"'=|":
        return
    arguments: list[str | None] = []
    options: dict[str, str | None] = {}
    while rest:
        word = rest.pop(0)
        if rest[:1] == ["="] and word is not None:
            options[word] = rest[1] if len(rest) > 1 else None
            rest = rest[2:]
        elif word == "as" and rest and (rest[0] or "").startswith("|"):
            rest = rest[1:]
        else:
            arguments.append(word)
    yield _Call(name=name, is_helper=is_helper, arguments=arguments, options=options)


def _arguments(call: _Call) -> Mistake | None:
    fewest, is_fatal = _FEWEST.get(call.name, (0, False))
    if sign := next((one for one in call.arguments if one in _SIGNS[:-1]), None):
        return Mistake(f"{sign} must stand in quotes: '{sign}'")
    if len(call.arguments) < fewest:
        return Mistake(f"{call.name} needs {fewest} arguments, and has {len(call.arguments)}", is_fatal)
    if call.name in _WITH_SIZE and "size" not in call.options:
        return Mistake(f"{call.name} needs a size, as in size=20")
    if call.name == "join" and len(call.arguments) < 2 and "separator" not in call.options:
        return Mistake("join needs a separator as its last argument")
    option = _NUMBERS.get(call.name, "")
    if _text(call.options.get(option)) is not None:
        return Mistake(f"the {option} of {call.name} is a number without quotes")
    check = _CHECKS.get(call.name)
    return check(call) if check else None


def _text(value: str | None) -> str | None:
    """The text of a literal; None for anything else."""
    return value[1:-1] if value and value[0] in "\"'" else None


def _moment(call: _Call) -> Mistake | None:
    form, offset = _text(call.options.get("format")), _text(call.options.get("offset"))
    if form and form not in _SPECIAL and (rest := _DATE.sub("", form)):
        return Mistake(f"'{form}' is no format of a date: '{rest[0]}' has no meaning there")
    if offset is not None and not _OFFSET.fullmatch(offset):
        return Mistake(f"'{offset}' is no offset such as '3 days', in seconds, minutes, hours, days, months or years")
    return None


def _cut(call: _Call) -> Mistake | None:
    name = _text(call.arguments[1]) if len(call.arguments) > 1 else None
    if name is not None and name.replace("_", " ").lower() not in TRUNCATIONS:
        return Mistake(f"truncateDate has no '{name}'; available: {', '.join(sorted(TRUNCATIONS))}")
    return None


def _sum(call: _Call) -> Mistake | None:
    if len(call.arguments) > 3:
        return Mistake(f"math needs 3 arguments, and has {len(call.arguments)}", is_fatal=False)
    sign = _text(call.arguments[1]) if len(call.arguments) > 1 else None
    if sign is not None and sign not in _SIGNS:
        return Mistake(f"math has no '{sign}'; available: {' '.join(_SIGNS)}", is_fatal=False)
    return None


def _random(call: _Call) -> Mistake | None:
    for name in ("lower", "upper"):
        text = _text(call.options.get(name))
        if text is not None and _number(text) is None:
            return Mistake(f"the {name} limit of {call.name} is a number, not '{text}'")
    lower, upper = (_number(call.options.get(name)) for name in ("lower", "upper"))
    if lower is not None and upper is not None and lower >= upper:
        return Mistake(f"{call.name} needs a lower limit that is less than the upper one")
    return None


def _number(value: str | None) -> float | None:
    try:
        return float((value or "").strip("\"'"))
    except ValueError:
        return None


def _second(check: Callable[[str], str], what: str, *, is_fatal: bool) -> Callable[[_Call], Mistake | None]:
    """A check of the second argument, if it is a literal."""

    def checked(call: _Call) -> Mistake | None:
        text = _text(call.arguments[1]) if len(call.arguments) > 1 else None
        why = check(text) if text else ""
        return Mistake(f"'{text}' is no {what}: {why}", is_fatal) if why else None

    return checked


_CHECKS: Mapping[str, Callable[[_Call], Mistake | None]] = {
    "now": _moment,
    "date": _moment,
    "truncateDate": _cut,
    "math": _sum,
    "randomInt": _random,
    "randomDecimal": _random,
    "matches": _second(java_regex.mistake, "regular expression", is_fatal=True),
    "regexExtract": _second(java_regex.mistake, "regular expression", is_fatal=False),
    "jsonPath": _second(json_path.mistake, "JSONPath", is_fatal=False),
    "xPath": _second(xpath.mistake, "XPath", is_fatal=False),
    "soapXPath": _second(xpath.mistake, "XPath", is_fatal=False),
    "jsonRemove": _second(json_path.mistake, "JSONPath", is_fatal=False),
}
