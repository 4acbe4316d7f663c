"""Feature flags of a description, translated to flagd's own format: variants, and targeting in JsonLogic."""

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import count
from typing import Any

from localenv.stubs.flag_conditions import Logic, condition, together

VALUE = "value"  # the variant of a flag that has one value
ON, OFF = "on", "off"  # the variants of a boolean flag
SET = "set"  # the variant of a value that was set while it runs

_KEYS = ("variants", "default", "rules", "enabled", "metadata")
_RULE = ("if", "then", "split", "by")
_WHEN = re.compile(r"([^<>=!]+)(>=|<=|!=|<|>|=)(.*)", re.DOTALL)


def flag(name: str, written: Any) -> dict[str, Any]:
    """A flag in flagd's format; raises ValueError for what is none."""
    if not isinstance(written, Mapping) or not _is_of_variants(written):
        values, default = plain(written)
        return _checked(name, {"state": "ENABLED", "variants": values, "defaultVariant": default})
    if unknown := [key for key in written if key not in _KEYS]:
        raise ValueError(f"has the unknown key '{unknown[0]}'; available: {', '.join(_KEYS)}")
    variants = written.get("variants")
    if not isinstance(variants, Mapping) or not variants:
        raise ValueError("needs variants: a mapping of names to values")
    found: dict[str, Any] = {
        "state": "ENABLED" if _truth(written.get("enabled", True)) else "DISABLED",
        "variants": dict(variants),
        "defaultVariant": _variant(written.get("default", next(iter(variants))), variants, "default"),
    }
    if about := metadata(written.get("metadata")):
        found["metadata"] = about
    if (rules := written.get("rules")) not in (None, []):
        found["targeting"] = targeting(rules, variants)
    return _checked(name, found)


def metadata(written: Any) -> dict[str, Any]:
    """What a flag or a set says about itself; raises ValueError for what flagd does not take."""
    if written is None:
        return {}
    if not isinstance(written, Mapping):
        raise ValueError("has metadata: that is not a mapping")  # noqa: TRY004 - a mistake in a description
    for name, value in written.items():
        if not name or not isinstance(value, str | bool | int | float) or not _is_finite(value):
            raise ValueError(f"has metadata '{name}' that is neither a text, a number, true nor false")
    return dict(written)


def plain(value: Any) -> tuple[dict[str, Any], str]:
    """The variants of a single value, and which one it is."""
    if value is None:
        raise ValueError("has no value")
    if isinstance(value, bool):
        return {ON: True, OFF: False}, ON if value else OFF
    return {VALUE: value}, VALUE


def targeting(rules: Any, variants: Mapping[str, Any]) -> Logic:
    """The rules as one condition after another; where none fits, the default applies."""
    if not isinstance(rules, list):
        raise ValueError("has rules that are not a list")  # noqa: TRY004 - a mistake in a description
    steps: list[Any] = []
    for number, rule in enumerate(rules, 1):
        if not isinstance(rule, Mapping) or not {*rule} <= {*_RULE}:
            raise ValueError(f"has an unknown key in rule {number}; available: {', '.join(_RULE)}")
        if ("then" in rule) == ("split" in rule):
            raise ValueError(f"needs either then: or split: in rule {number}")
        result = _result(rule, variants)
        if "if" not in rule:
            if number < len(rules):
                raise ValueError(f"has rules behind rule {number}, which fits always")
            steps.append(result)
        else:
            steps += [condition(rule["if"]), result]
    return {"if": steps} if len(steps) > 1 else steps[0] if isinstance(steps[0], dict) else {"if": [True, steps[0]]}


def when(text: str) -> dict[str, Any]:
    """A condition as `flags set --when` has it: `email=*@acme.example`; raises ValueError."""
    found = _WHEN.fullmatch(text)
    if not found or not found[1].strip():
        raise ValueError(f"'{text}' is not a condition, as in --when email=*@acme.example")
    name, operator, value = found[1].strip(), found[2], found[3]
    if operator != "=":
        return {name: operator + value}
    return {name: [read(one) for one in value.split(",")] if "," in value else read(value)}


def read(text: str) -> Any:
    """A value on the command line: JSON, else a text."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return found if _is_finite(found) else text


def given(flag: Mapping[str, Any], text: str) -> Any:
    """A value on the command line for this flag; a text stays as it is, so that `1.10` is not 1.1."""
    found = read(text)
    return text if type_of(flag) == "string" and not isinstance(found, str) else found


def type_of(flag: Mapping[str, Any]) -> str:
    """The type of a flag: that of its variants; of whole and broken numbers it is float."""
    kinds = {kind(value) for value in flag["variants"].values()}
    return "float" if kinds == {"integer", "float"} else next(iter(kinds))


def changed(flag: Mapping[str, Any], value: Any, conditions: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """A flag whose value was set: for everybody, or where the conditions hold. Raises ValueError for another type."""
    variant, variants = _chosen(flag, value)
    found = {**flag, "variants": variants, "state": "ENABLED"}
    if not conditions:
        return {key: part for key, part in found.items() if key != "targeting"} | {"defaultVariant": variant}
    before = flag.get("targeting") or flag.get("defaultVariant")
    return found | {"targeting": {"if": [together(map(condition, conditions)), variant, before]}}


def applied(known: Mapping[str, Any], values: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Flags with what was set on top, the newest last, but for what does not fit a description that has changed."""
    found = dict(known)
    for one in values:
        name = one["flag"]
        if name in found:
            with suppress(ValueError):
                found[name] = changed(found[name], one["value"], one.get("when", ()))
    return found


def document(values: Mapping[str, Any]) -> str:
    """Values by name as JSON."""
    return json.dumps(dict(values))


def stubs(described: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Stubs that answer with the default of each flag, where nothing evaluates rules."""
    found = []
    for name, one in described.get("flags", {}).items():
        variant = one.get("defaultVariant")
        answer = {"key": name, "reason": "STATIC", "variant": variant, "value": one["variants"].get(variant)}
        response = {"headers": {"Content-Type": "application/json"}, "body": json.dumps(answer)}
        request = {"method": "POST", "urlPath": f"/ofrep/v1/evaluate/flags/{name}"}
        found.append({"name": f"flag {name}", "request": request, "response": response})
    return found


def kind(value: Any) -> str:
    """The type of a value, in OpenFeature's words."""
    names = {bool: "boolean", str: "string", int: "integer", float: "float"}  # a boolean is an integer too
    return next((name for kind, name in names.items() if isinstance(value, kind)), "object")


def _is_of_variants(written: Mapping[str, Any]) -> bool:
    """Whether this is a flag with variants, or was meant to be one, and not an object."""
    return "variants" in written or ("rules" in written and {*written} <= {*_KEYS})


def _chosen(flag: Mapping[str, Any], value: Any) -> tuple[str, dict[str, Any]]:
    """The variant of a value, which may be its name, and all variants."""
    variants, known = dict(flag["variants"]), type_of(flag)
    if known == "float" and kind(value) == "integer":
        value = float(value)
    for name, one in variants.items():
        if kind(one) == kind(value) and one == value:
            return name, variants
    if isinstance(value, str) and value in variants:
        return value, variants
    if value is not None and known == "string" and not isinstance(value, str):
        value = json.dumps(value)
    if value is None or kind(value) != known or not _is_finite(value):
        raise ValueError(f"is of type {known}, and {json.dumps(value)} is not; variants: {', '.join(variants)}")
    name = next(one for one in _set_names() if one not in variants)
    return name, {**variants, name: value}


def _set_names() -> Iterator[str]:
    """Names for variants of values that were set: each has its own, also where several apply in turn."""
    yield SET
    yield from (f"{SET}{number}" for number in count(2))


def _is_finite(value: Any) -> bool:
    """Whether JSON has this value: no part of it is infinite or NaN."""
    match value:
        case float():
            return math.isfinite(value)
        case Mapping():
            return all(map(_is_finite, value.values()))
        case list() | tuple():
            return all(map(_is_finite, value))
    return True


def _checked(name: str, found: dict[str, Any]) -> dict[str, Any]:
    if not name or re.search(r"[\s/?#%]", name):
        raise ValueError("has a name that does not fit into a URL")
    if empty := [key for key, value in found["variants"].items() if value is None]:
        raise ValueError(f"has the variant '{empty[0]}' without a value")
    kinds = {kind(value) for value in found["variants"].values()}
    if kinds == {"integer", "float"}:
        found["variants"] = {key: float(value) for key, value in found["variants"].items()}
    elif len(kinds) > 1:
        raise ValueError(f"has variants of several types: {', '.join(sorted(kinds))}")
    return found


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("has enabled: that is neither true nor false")  # noqa: TRY004 - a mistake in a description
    return value


def _variant(name: Any, variants: Mapping[str, Any], where: str) -> str:
    text = str(name).lower() if isinstance(name, bool) else str(name)
    if text not in variants:
        raise ValueError(f"has no variant '{text}' ({where}); available: {', '.join(variants)}")
    return text


def _result(rule: Mapping[str, Any], variants: Mapping[str, Any]) -> Any:
    if "then" in rule:
        if "by" in rule:
            raise ValueError("has by: without split:")
        return _variant(rule["then"], variants, "then")
    split, by = rule["split"], rule.get("by", "targetingKey")
    if not isinstance(by, str) or not by:
        raise ValueError("has by: that is not the name of a value of the context")
    if not isinstance(split, Mapping) or not split:
        raise ValueError("has a split: that is not a mapping of variants to weights")
    weights = [[_variant(name, variants, "split"), _weight(weight)] for name, weight in split.items()]
    if not any(weight for _, weight in weights):
        raise ValueError("has a split: in which every weight is 0")
    if by == "targetingKey":
        return {"fractional": weights}
    return {"fractional": [{"cat": [{"var": "$flagd.flagKey"}, {"var": by}]}, *weights]}


def _weight(weight: Any) -> int:
    if not isinstance(weight, int) or isinstance(weight, bool) or not 0 <= weight <= 1_000_000:
        raise ValueError(f"has the weight '{weight}'; expected a whole number from 0")
    return weight
