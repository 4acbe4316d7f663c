"""Matching rules of all versions in one form: V2's flat keys, and the categories of V3 and V4."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, reduce
from operator import itemgetter
from typing import Any

from localenv.errors.problems import KeyPath
from localenv.stubs.sources.pact import paths
from localenv.stubs.sources.pact.paths import EVERY, PathStep, ValuePath

PactMatcher = Mapping[str, Any]

CATEGORIES = ("path", "query", "header", "body", "status", "metadata", "method")
KNOWN = frozenset({
    "equality", "regex", "type", "min", "max", "include", "integer", "decimal", "number", "timestamp", "datetime",
    "date", "time", "null", "boolean", "contentType", "values", "eachKey", "eachValue", "arrayContains", "statusCode",
    "notEmpty", "semver", "minType", "maxType",
})  # fmt: skip
CASCADING = frozenset({"type", "equality"})  # these are for everything below as well
_PLURAL = {"headers": "header", "queries": "query"}


@dataclass(frozen=True, kw_only=True)
class Rule:
    """The matchers for the values at a path."""

    path: ValuePath
    matchers: Sequence[PactMatcher]
    is_any: bool = False  # one is enough
    where: KeyPath = ()  # its place in the document


_STEPS = {"header": 1, "query": 2}  # of a path: a name, and the index of its value


@dataclass(kw_only=True)
class _Branch:
    """The rules for the values at a path, and those for values below it."""

    rules: list[tuple[int, Rule]] = field(default_factory=list)  # with their order in the document
    below: dict[PathStep, "_Branch"] = field(default_factory=dict)
    below_every: "_Branch | None" = None

    def at(self, step: PathStep) -> "_Branch":
        """The branch below a step of a rule's path."""
        if isinstance(step, type(EVERY)):
            self.below_every = self.below_every or _Branch()
            return self.below_every
        return self.below.setdefault(step, _Branch())

    def fitting(self, path: ValuePath) -> list[Rule]:
        """The rules for a value and for its parents, in the order of the document."""
        branches, found = [self], [*self.rules]
        for step in path:
            branches = [each for one in branches for each in (one.below.get(step), one.below_every) if each]
            found += [each for one in branches for each in one.rules]
        return [rule for _, rule in sorted(found, key=itemgetter(0))]


def _tree(rules: Sequence[Rule]) -> _Branch:
    top = _Branch()
    for number, one in enumerate(rules):
        reduce(_Branch.at, one.path, top).rules.append((number, one))
    return top


@dataclass(frozen=True, kw_only=True)
class MatchingRules:
    """The matching rules of a request or response, by category."""

    by_category: Mapping[str, Sequence[Rule]] = field(default_factory=dict)

    @cached_property
    def _trees(self) -> Mapping[str, _Branch]:
        return {category: _tree(found) for category, found in self.by_category.items()}

    def of(self, category: str, *path: str | int) -> Rule | None:
        """The rule for exactly this value."""
        return next((one for one in self.by_category.get(category, ()) if one.path == path), None)

    def best(self, path: ValuePath, category: str = "body") -> Rule | None:
        """The rule for a value: the one that fits best; a parent's only if it is for everything below as well."""
        fitting = self._trees[category].fitting(path) if category in self.by_category else []
        for one in sorted(fitting, key=lambda one: -paths.weight(one.path, path)):
            if len(one.path) == len(path):
                return one
            if matchers := [cascaded for each in one.matchers if (cascaded := _cascaded(each))]:
                return Rule(path=one.path, matchers=matchers, is_any=one.is_any, where=one.where)
        return None

    def names(self, category: str) -> Iterator[str]:
        """The keys that have rules."""
        yield from dict.fromkeys(str(one.path[0]) for one in self.by_category.get(category, ()) if one.path)


def parse(value: Any, where: KeyPath = ()) -> MatchingRules:
    """The rules in the member `matchingRules`; those that cannot be read are left out: `problems` names them."""
    return MatchingRules(
        by_category={name: [one for one in found if isinstance(one, Rule)] for name, found in _all(value, where)}
    )


def problems(value: Any, where: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    """Each rule that cannot be read, and why."""
    if not isinstance(value, Mapping):
        if value is not None:
            yield where, "'matchingRules' must be an object"
        return
    for _, found in _all(value, where):
        for one in found:
            if isinstance(one, _Unread):
                yield one.where, one.reason
            else:
                yield from _wrong(one)


@dataclass(frozen=True, kw_only=True)
class _Unread:
    where: KeyPath
    reason: str


def _wrong(rule: Rule) -> Iterator[tuple[KeyPath, str]]:
    for one in rule.matchers:
        kind = kind_of(one)
        if kind not in KNOWN:
            yield rule.where, f"unknown matching rule '{kind}'"
        elif kind == "regex" and not isinstance(one.get("regex"), str):
            yield rule.where, "a regex rule needs 'regex', a text"
        elif kind == "arrayContains" and not _are_variants(one.get("variants", [])):
            yield rule.where, "an arrayContains rule needs 'variants', a list of objects"
        elif _bound(one, "min") > _bound(one, "max", 1 << 62):
            yield rule.where, f"'min' {one['min']} is larger than 'max' {one['max']}"


def _are_variants(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, Mapping) for one in value)


def kind_of(matcher: PactMatcher) -> str:
    """The kind of a rule; V2 writes some without `match`."""
    if "match" in matcher:
        return str(matcher["match"])
    for key in ("regex", "include", "timestamp", "date", "time"):
        if key in matcher:
            return key
    return "type" if {"min", "max"} & matcher.keys() else ""


def bounds(matcher: PactMatcher) -> tuple[int | None, int | None]:
    """The fewest and most items of a list."""
    fewest, most = matcher.get("min"), matcher.get("max")
    return (fewest if isinstance(fewest, int) else None), (most if isinstance(most, int) else None)


def _bound(matcher: PactMatcher, key: str, default: int = 0) -> int:
    found = matcher.get(key)
    return found if isinstance(found, int) else default


def _cascaded(matcher: PactMatcher) -> PactMatcher | None:
    kind = kind_of(matcher)
    return {"match": kind} if kind in CASCADING else None


def _all(value: Any, where: KeyPath) -> Iterator[tuple[str, list[Rule | _Unread]]]:
    found: dict[str, list[Rule | _Unread]] = {}
    for key, about in value.items() if isinstance(value, Mapping) else ():
        if key.startswith("$"):
            category, one = _flat(key, about, (*where, key))
            found.setdefault(category, []).append(one)
        else:
            found.setdefault(_PLURAL.get(str(key), str(key)), []).extend(_in_category(key, about, (*where, key)))
    yield from found.items()


def _flat(key: str, about: Any, where: KeyPath) -> tuple[str, Rule | _Unread]:
    """A rule of V2: `$.headers.Accept`, `$.body.id`."""
    try:
        first, *rest = paths.parse(key)
    except ValueError as error:
        return "body", _Unread(where=where, reason=str(error))
    category = _PLURAL.get(str(first), str(first))
    if category not in CATEGORIES:
        return "body", _Unread(where=where, reason=f"{key} is not part of a request or response")
    return category, _rule(tuple(rest)[: _STEPS.get(category)], about, where)


def _in_category(category: str, about: Any, where: KeyPath) -> Iterator[Rule | _Unread]:
    if not isinstance(about, Mapping):
        yield _Unread(where=where, reason="must be an object")
        return
    if "matchers" in about:  # of the path or status
        yield _rule((), about, where)
        return
    for key, one in about.items():
        try:
            path = paths.parse(key) if category == "body" or key.startswith("$") else paths.of_parameter(key)
        except ValueError as error:
            yield _Unread(where=(*where, key), reason=str(error))
        else:
            yield _rule(path[: _STEPS.get(category)], one, (*where, key))


def _rule(path: ValuePath, about: Any, where: KeyPath) -> Rule | _Unread:
    if not isinstance(about, Mapping):
        return _Unread(where=where, reason="a matching rule must be an object")
    matchers = about.get("matchers", [about])
    if not isinstance(matchers, list) or not all(isinstance(one, Mapping) for one in matchers):
        return _Unread(where=where, reason="'matchers' must be a list of objects")
    return Rule(path=path, matchers=matchers, is_any=about.get("combine") == "OR", where=where)
