"""Feature flags of a description, translated to flagd's own format: variants, and targeting in JsonLogic."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

VALUE = "value"  # the variant of a flag that has one value
ON, OFF = "on", "off"  # the variants of a boolean flag
SET = "set"  # the variant of a value that was set while it runs

_KEYS = ("variants", "default", "rules", "enabled", "metadata")
_RULE = ("if", "then", "split", "by")
_GROUPS = ("any", "all", "not")
_COMPARED = re.compile(r"(>=|<=|!=|>|<|=)\s*(.+)")
_VERSION = re.compile(r"v?\d+(?:\.(?:\d+|[xX*])){0,2}(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?")
_RANGE = re.compile(r"(\^|~|>=|<=|!=|>|<|=)?\s*(v?\d[0-9A-Za-z.+-]*)")
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")

Logic = dict[str, Any]


def flag(name: str, written: Any) -> dict[str, Any]:
    """A flag in flagd's format; raises ValueError for what is none."""
    if not isinstance(written, Mapping) or "variants" not in written:
        variants, default = plain(written)
        return _checked(name, {"state": "ENABLED", "variants": variants, "defaultVariant": default})
    if unknown := [key for key in written if key not in _KEYS]:
        raise ValueError(f"has the unknown key '{unknown[0]}'; available: {', '.join(_KEYS)}")
    variants = written["variants"]
    if not isinstance(variants, Mapping) or not variants:
        raise ValueError("needs variants: a mapping of names to values")
    found: dict[str, Any] = {
        "state": "ENABLED" if _truth(written.get("enabled", True)) else "DISABLED",
        "variants": dict(variants),
        "defaultVariant": _variant(written.get("default", next(iter(variants))), variants, "default"),
    }
    if written.get("metadata"):
        found["metadata"] = dict(written["metadata"])
    if rules := written.get("rules"):
        found["targeting"] = targeting(rules, variants)
    return _checked(name, found)


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


def condition(written: Any) -> Logic:
    """Conditions on the context, all of which must hold; `any:`, `all:` and `not:` contain others."""
    if isinstance(written, list):
        return _all(condition(one) for one in written)
    if not isinstance(written, Mapping) or not written:
        raise ValueError("has an if: that is not a mapping, as in if: {plan: pro}")
    parts = []
    for name, wanted in written.items():
        match name:
            case "any":
                parts.append({"or": [condition(one) for one in _listed(wanted, name)]})
            case "all":
                parts.append(_all(condition(one) for one in _listed(wanted, name)))
            case "not":
                parts.append({"!": [condition(wanted)]})
            case _:
                parts.append(_compared(name, wanted))
    return _all(parts)


def when(text: str) -> dict[str, Any]:
    """A condition as `flags set --when` has it: `email=*@acme.example`; raises ValueError."""
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise ValueError(f"'{text}' is not a condition, as in --when email=*@acme.example")
    return {name.strip(): [read(one) for one in value.split(",")] if "," in value else read(value)}


def read(text: str) -> Any:
    """A value on the command line: JSON, else a text."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def changed(flag: Mapping[str, Any], value: Any, conditions: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """A flag whose value was set: for everybody, or where the conditions hold. Raises ValueError for another type."""
    variant, variants = _chosen(flag, value)
    found = {**flag, "variants": variants, "state": "ENABLED"}
    if not conditions:
        return {key: part for key, part in found.items() if key != "targeting"} | {"defaultVariant": variant}
    before = flag.get("targeting") or flag.get("defaultVariant")
    return found | {"targeting": {"if": [_all(map(condition, conditions)), variant, before]}}


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


def _chosen(flag: Mapping[str, Any], value: Any) -> tuple[str, dict[str, Any]]:
    """The variant of a value, which may be its name, and all variants."""
    variants = dict(flag["variants"])
    for name, one in variants.items():
        if type(one) is type(value) and one == value:
            return name, variants
    if isinstance(value, str) and value in variants:
        return value, variants
    first = next(iter(variants.values()))
    known, given = kind(first), kind(value)
    if known == "float" and given == "integer":
        value, given = float(value), known
    if known == "string" and given != "string":
        value, given = value if isinstance(value, str) else json.dumps(value), known
    if known != given:
        raise ValueError(f"is of type {known}, and {json.dumps(value)} is not; variants: {', '.join(variants)}")
    return SET, {**variants, SET: value}


def _checked(name: str, found: dict[str, Any]) -> dict[str, Any]:
    if not name or re.search(r"[\s/?#%]", name):
        raise ValueError("has a name that does not fit into a URL")
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


def _listed(value: Any, name: str) -> list[Any]:
    if not isinstance(value, list) or not value:
        raise ValueError(f"has {name}: that is not a list of conditions")
    return value


def _all(parts: Iterable[Logic]) -> Logic:
    found = list(parts)
    return found[0] if len(found) == 1 else {"and": found}


def _compared(name: str, wanted: Any) -> Logic:
    there: Logic = {"var": name}
    match wanted:
        case None:
            return {"==": [there, None]}
        case bool():
            return {"===": [there, wanted]}
        case int() | float():
            return {"==": [there, wanted]}
        case list():
            return {"or": [_compared(name, one) for one in wanted]} if wanted else {"!": [True]}
        case str():
            return _of_text(there, wanted)
    raise ValueError(f"compares '{name}' with an object")


def _of_text(there: Logic, wanted: str) -> Logic:
    present: Logic = {"!=": [there, None]}
    if wanted == "*":
        return present
    if wanted[:1] in "^~" and (found := _ranges(there, wanted)):
        return found
    if compared := _COMPARED.fullmatch(wanted.strip()):
        operator, value = compared[1], compared[2].strip()
        if _NUMBER.fullmatch(value):
            number = float(value) if "." in value else int(value)
            return {"and": [present, {{"=": "=="}.get(operator, operator): [there, number]}]}
        if found := _ranges(there, wanted):
            return found
        if operator == "!=":
            return {"!==": [there, value]}
    if wanted.startswith("*") or wanted.endswith("*"):
        return _like(there, wanted)
    return {"===": [there, wanted]}


def _like(there: Logic, wanted: str) -> Logic:
    inner = wanted.strip("*")
    if wanted.startswith("*") and wanted.endswith("*"):
        return {"in": [inner, there]}
    return {"ends_with": [there, inner]} if wanted.startswith("*") else {"starts_with": [there, inner]}


def _ranges(there: Logic, wanted: str) -> Logic | None:
    """Ranges of versions: `^2.1` is at least 2.1 and below 3, several apply together."""
    parts: list[Logic] = []
    words = re.sub(r"([<>=^~!])\s+", r"\1", wanted).split()
    for word in words:
        found = _RANGE.fullmatch(word)
        if not found or not _VERSION.fullmatch(found[2]):
            return None
        operator = found[1] or "="
        if operator in "^~":
            parts.append({"sem_ver": [there, ">=", found[2]]})
        parts.append({"sem_ver": [there, operator, found[2]]})
    return _all(parts)
