"""An example with its matching rules as a JSON Schema: what a consumer may send, and nothing else."""

from collections.abc import Callable, Mapping
from typing import Any

from localenv.stubs import varying
from localenv.stubs.sources.pact import patterns
from localenv.stubs.sources.pact.paths import ValuePath
from localenv.stubs.sources.pact.rules import MatchingRules, PactMatcher, Rule, bounds, kind_of
from localenv.stubs.sources.pact.rules import parse as parse_rules

Schema = dict[str, Any]

VERSION = "V202012"

_MOST = 1000  # items of a list in a response


def schema(value: Any, rules: MatchingRules, path: ValuePath = ()) -> Schema:
    """The schema of an example; `path` is where it is in its body."""
    rule = rules.best(path)
    if rule is None:
        return _equal(value, rules, path)
    found = [_by(one, value, rules, path) for one in rule.matchers]
    if not found:
        return _equal(value, rules, path)
    return found[0] if len(found) == 1 else {"anyOf" if rule.is_any else "allOf": found}


def _by(matcher: PactMatcher, value: Any, rules: MatchingRules, path: ValuePath) -> Schema:
    kind = kind_of(matcher)
    if kind in _TEXTS:
        return _text(_TEXTS[kind](matcher), value)
    return _OTHERS.get(kind, _anything)(matcher, value, rules, path)


def _text(pattern: str, value: Any) -> Schema:
    """Numbers are compared as such: a pattern is for texts alone."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return {"type": "string", "pattern": f"^(?:{pattern})$"}
    return {"type": "number"}


def _formatted(key: str, default: str) -> Callable[[PactMatcher], str]:
    def pattern(matcher: PactMatcher) -> str:
        form = matcher.get("format") or matcher.get(key)
        return patterns.of_format(form) if isinstance(form, str) and form else default

    return pattern


_TEXTS: Mapping[str, Callable[[PactMatcher], str]] = {
    "regex": lambda matcher: patterns.whole(str(matcher.get("regex", ""))),
    "include": lambda matcher: f"(?s:.*){varying.quoted(str(matcher.get('value', '')))}(?s:.*)",
    "date": _formatted("date", patterns.DATE),
    "time": _formatted("time", patterns.TIME),
    "timestamp": _formatted("timestamp", patterns.DATE_TIME),
    "datetime": _formatted("datetime", patterns.DATE_TIME),
    "semver": lambda matcher: patterns.SEMVER,
}


def _equal(value: Any, rules: MatchingRules, path: ValuePath) -> Schema:
    """The value itself, but for the parts that have rules."""
    match value:
        case dict():
            return _object(value, rules, path)
        case list():
            items = [schema(one, rules, (*path, index)) for index, one in enumerate(value)]
            each = {"prefixItems": items} if items else {}
            return {"type": "array", **each, "minItems": len(items), "maxItems": len(items)}
    return {"const": value}


def _object(value: Mapping[str, Any], rules: MatchingRules, path: ValuePath) -> Schema:
    members = {key: schema(one, rules, (*path, key)) for key, one in value.items()}
    return {"type": "object", "properties": members, "required": [*members], "additionalProperties": False}


def _typed(matcher: PactMatcher, value: Any, rules: MatchingRules, path: ValuePath) -> Schema:
    match value:
        case bool():
            return {"type": "boolean"}
        case int() | float():
            return {"type": "number"}
        case str():
            return {"type": "string"}
        case dict():
            return _object(value, rules, path)
        case list():
            return _list(matcher, value, rules, path)
    return {"type": "null"}


def _list(matcher: PactMatcher, value: list[Any], rules: MatchingRules, path: ValuePath) -> Schema:
    fewest, most = bounds(matcher)
    each = [schema(one, rules, (*path, index)) for index, one in enumerate(value)]
    different = [one for index, one in enumerate(each) if one not in each[:index]]
    found: Schema = {"type": "array"}
    if different:
        found["items"] = different[0] if len(different) == 1 else {"anyOf": different}
    if fewest is not None:
        found["minItems"] = fewest
    if most is not None:
        found["maxItems"] = most
    return found


def _values(matcher: PactMatcher, value: Any, rules: MatchingRules, path: ValuePath) -> Schema:
    """Any keys, whose values are like those of the example."""
    if not isinstance(value, dict):
        return _typed(matcher, value, rules, path)
    each = [schema(one, rules, (*path, key)) for key, one in value.items()]
    if inner := _inner(matcher):
        each = [schema(one, inner) for one in value.values()]
    return {"type": "object", "additionalProperties": each[0] if len(each) == 1 else {"anyOf": each}} if each else {}


def _keys(matcher: PactMatcher, value: Any, rules: MatchingRules, path: ValuePath) -> Schema:
    inner = _inner(matcher)
    names = schema(next(iter(value), ""), inner) if inner and isinstance(value, dict) else {}
    each = [schema(one, rules, (*path, key)) for key, one in value.items()] if isinstance(value, dict) else []
    values = {"additionalProperties": each[0] if len(each) == 1 else {"anyOf": each}} if each else {}
    return {"type": "object", "propertyNames": names, **values}


def _inner(matcher: PactMatcher) -> MatchingRules | None:
    found = matcher.get("rules")
    matchers = [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []
    return MatchingRules(by_category={"body": [Rule(path=(), matchers=matchers)]}) if matchers else None


def _contains(matcher: PactMatcher, value: Any, rules: MatchingRules, path: ValuePath) -> Schema:
    """A list with at least one item for each variant."""
    found = []
    for one in matcher.get("variants", ()):
        index = one.get("index", 0) if isinstance(one, Mapping) else 0
        if isinstance(value, list) and isinstance(index, int) and index < len(value):
            inner = parse_rules({"body": one.get("rules", {})})
            found.append({"contains": schema(value[index], inner)})
    return {"type": "array", "allOf": found} if found else {"type": "array"}


def _anything(matcher: PactMatcher, value: Any, rules: MatchingRules, path: ValuePath) -> Schema:
    return {}


def _not_empty(matcher: PactMatcher, value: Any, rules: MatchingRules, path: ValuePath) -> Schema:
    match value:
        case str():
            return {"type": "string", "minLength": 1}
        case list():
            return _list({"min": 1}, value, rules, path)
        case dict():
            return {"type": "object", "minProperties": 1}
    return _typed(matcher, value, rules, path)


_OTHERS: Mapping[str, Callable[[PactMatcher, Any, MatchingRules, ValuePath], Schema]] = {
    "equality": lambda matcher, value, rules, path: {"const": value},
    "type": _typed,
    "minType": _typed,
    "maxType": _typed,
    "min": _typed,
    "max": _typed,
    "number": lambda *_: {"type": "number"},
    "decimal": lambda *_: {"type": "number"},
    "integer": lambda *_: {"type": "integer"},
    "boolean": lambda *_: {"type": "boolean"},
    "null": lambda *_: {"type": "null"},
    "notEmpty": _not_empty,
    "values": _values,
    "eachValue": _values,
    "eachKey": _keys,
    "arrayContains": _contains,
}


def expanded(value: Any, rules: MatchingRules, path: ValuePath = ()) -> Any:
    """An example in which every list has as many items as its rules ask for at least, and at most."""
    match value:
        case dict():
            return {key: expanded(one, rules, (*path, key)) for key, one in value.items()}
        case list():
            items = [expanded(one, rules, (*path, index)) for index, one in enumerate(value)]
            fewest, most = _length(rules.best(path))
            while items and len(items) < fewest:
                items.append(items[len(items) % len(value)])
            return items[:most]
    return value


def _length(rule: Rule | None) -> tuple[int, int | None]:
    found = [bounds(one) for one in rule.matchers] if rule else []
    most = [limit for _, limit in found if limit is not None]
    return min(max((fewest or 0 for fewest, _ in found), default=0), _MOST), min(most) if most else None
