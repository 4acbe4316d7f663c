"""Conditions on the context of a flag's evaluation, translated to flagd's JsonLogic."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Logic = dict[str, Any]

_OPERATORS = r">=|<=|!=|>|<|=|\^|~"
_COMPARED = re.compile(rf"({_OPERATORS})\s*(.+)", re.DOTALL)
_WORD = re.compile(rf"\s*({_OPERATORS})?\s*(\S+)")
_VERSION = re.compile(
    r"v?(?P<numbers>\d+(?:\.\d+){0,2})(?P<any>\.[xX*](?:\.[xX*])?)?(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?"
)
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}.*")  # a version too, which dates are not


def condition(written: Any) -> Logic:
    """Conditions on the context, which must all hold; `any:`, `all:` and `not:` contain others. Raises ValueError."""
    if isinstance(written, list) and written:
        return together(condition(one) for one in written)
    if not isinstance(written, Mapping) or not written:
        raise ValueError("has an if: that is not a mapping, as in if: {plan: pro}")
    parts = []
    for name, wanted in written.items():
        match name:
            case "any":
                parts.append(_either(condition(one) for one in _listed(wanted, name)))
            case "all":
                parts.append(together(condition(one) for one in _listed(wanted, name)))
            case "not":
                parts.append(_not(condition(wanted)))
            case _:
                parts.append(_compared(name, wanted))
    return together(parts)


def together(parts: Iterable[Logic]) -> Logic:
    """The condition that holds where all of these do."""
    found = list(parts)
    return found[0] if len(found) == 1 else {"and": found}


def _either(parts: Iterable[Logic]) -> Logic:
    found = list(parts)
    return found[0] if len(found) == 1 else {"or": found}


def _not(part: Logic) -> Logic:
    return {"!": [part]}


def _listed(value: Any, name: str) -> list[Any]:
    if not isinstance(value, list) or not value:
        raise ValueError(f"has {name}: that is not a list of conditions")
    return value


def _compared(name: str, wanted: Any) -> Logic:
    there: Logic = {"var": name}
    match wanted:
        case None:
            return _not(_present(there))
        case bool():
            return {"===": [there, wanted]}
        case int() | float():
            return _number(there, "=", wanted)
        case list() if wanted:
            return _either(_compared(name, one) for one in wanted)
        case str():
            return _text(there, wanted)
    raise ValueError(f"compares '{name}' with {'an empty list' if wanted == [] else 'an object'}")


def _present(there: Logic) -> Logic:
    return {"!==": [there, None]}  # not `!=`, for which 0 and false are null


def _text(there: Logic, wanted: str) -> Logic:
    if wanted and not wanted.strip("*"):
        return _present(there)
    if found := _ranges(there, wanted):
        return found
    if compared := _COMPARED.fullmatch(wanted):
        operator, value = compared[1], compared[2].strip()
        if operator in ("=", "!="):
            return _text(there, value) if operator == "=" else _not(_text(there, value))
        if operator in "^~":
            raise ValueError(f"has '{wanted}', which is not a range of versions, as in ^2.1 or ~2.1")
        return together((_present(there), {operator: [there, value]}))
    return _like(there, wanted) if "*" in wanted else {"===": [there, wanted]}


def _like(there: Logic, wanted: str) -> Logic:
    inner = wanted.strip("*")
    if "*" in inner:
        raise ValueError(f"has a * inside '{wanted}'; it may be before, behind or around a text")
    if wanted.startswith("*") and wanted.endswith("*"):
        return {"in": [inner, there]}
    return {"ends_with": [there, inner]} if wanted.startswith("*") else {"starts_with": [there, inner]}


def _ranges(there: Logic, wanted: str) -> Logic | None:
    """Ranges of numbers or versions: several apply together, those apart by `||` each; None for another text."""
    ranges = [_range(there, one.strip()) for one in wanted.split("||")]
    return _either(one for one in ranges if one) if all(ranges) else None


def _range(there: Logic, wanted: str) -> Logic | None:
    words = [found.groups() for found in _WORD.finditer(wanted)]
    if not words or (len(words) == 1 and not words[0][0] and not _is_open(words[0][1])):
        return None  # a text that looks like a version
    logic = together(_version(there, *word) for word in words) if all(map(_is_version, words)) else None
    if not all(map(_is_numeric, words)):
        return logic
    as_numbers = together(_number(there, operator or "=", _value(value)) for operator, value in words)
    return {"if": [_is_number(there), as_numbers, logic]} if logic else as_numbers


def _is_version(word: Sequence[str]) -> bool:
    return bool(_VERSION.fullmatch(word[1])) and not _DATE.fullmatch(word[1])


def _is_open(value: str) -> bool:
    found = _VERSION.fullmatch(value)
    return bool(found and found["any"])


def _is_numeric(word: Sequence[str]) -> bool:
    return word[0] not in ("^", "~") and bool(_NUMBER.fullmatch(word[1]))


def _version(there: Logic, operator: str | None, value: str) -> Logic:
    """flagd knows no `x` in a version, and `^2.1` of flagd is any 2."""
    found = _VERSION.fullmatch(value)
    assert found
    if found["any"]:
        value = found["numbers"]
        operator = operator if operator not in (None, "=") else "~" if "." in value else "^"
    operator = operator or "="
    if operator == "!=":
        return _not(_version(there, "=", value))
    least = [{"sem_ver": [there, ">=", value]}] if operator in "^~" else []
    return together((_present(there), *least, {"sem_ver": [there, operator, value]}))


def _number(there: Logic, operator: str, value: float) -> Logic:
    if operator == "!=":
        return _not(_number(there, "=", value))
    return together((_present(there), {"==" if operator == "=" else operator: [there, value]}))


def _is_number(there: Logic) -> Logic:
    """Whether a value is one, or a text that is; a version as `2.4.0` is none."""
    return {"or": [{"<=": [there, 0]}, {">": [there, 0]}]}


def _value(text: str) -> float:
    return float(text) if "." in text else int(text)
