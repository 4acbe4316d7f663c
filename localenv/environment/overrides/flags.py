"""Feature flags of a running environment: as they are now, how often each variant was evaluated, and changing them."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from localenv import redaction
from localenv.environment.overrides import changes, entries, keeping
from localenv.environment.overrides.entries import Override, OverrideKind, OverrideOwner
from localenv.errors import UsageError
from localenv.stubs import flags
from localenv.stubs.calls import Call

if TYPE_CHECKING:
    from localenv.environment.handle import Environment

UPSTREAM = "flags"


@dataclass(frozen=True, kw_only=True)
class FlagState:
    """A flag as it is now; `counts` are the evaluations of each variant."""

    name: str
    kind: str
    variant: str  # the default
    variants: Mapping[str, Any]
    rules: tuple[str, ...] = ()  # of the description, in words
    logic: Any = None  # the rules of a file in flagd's format
    targeting: Any = None  # with what was set
    enabled: bool = True
    overrides: tuple[Override, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def value(self) -> Any:
        """The value of the default variant."""
        return self.variants.get(self.variant)

    def document(self) -> dict[str, Any]:
        """As `flags --json` prints it."""
        return {
            "name": self.name, "kind": self.kind, "value": self.value, "variant": self.variant,
            "variants": dict(self.variants), "rules": list(self.rules), "enabled": self.enabled,
            "targeting": redaction.redacted_logic(self.targeting),
            "overrides": [one.summary() for one in self.overrides],
            "evaluations": dict(self.counts),
        }  # fmt: skip


def described(environment: "Environment") -> dict[str, Any]:
    """The flags of the description, in flagd's format; raises UsageError if there are none."""
    if not environment.stack.flags:
        hint = "add flags: {new_checkout: false} to the description"
        raise UsageError("the description has no flags", hint=hint)
    return dict(json.loads(environment.stack.flags)["flags"])


def states(environment: "Environment", *, upstream: str = UPSTREAM, count: bool = True) -> list[FlagState]:
    """Every flag as it is now."""
    known = described(environment)
    active = set_now(environment, upstream)
    counts = evaluations(environment.requests([upstream])) if count else {}
    rules = json.loads(environment.stack.flags or "{}").get("rules", {})
    now = flags.applied(known, [one.values for one in active])
    return [
        FlagState(
            name=name,
            kind=flags.type_of(about),
            variant=str(about.get("defaultVariant") or ""),
            variants=about["variants"],
            rules=tuple(rules.get(name, ())),
            logic=None if name in rules else known[name].get("targeting"),
            targeting=about.get("targeting"),
            enabled=about["state"] == "ENABLED",
            overrides=tuple(one for one in active if one.values["flag"] == name),
            counts=counts.get(name, {}),
        )
        for name, about in now.items()
    ]


def evaluations(calls: Iterable[Call]) -> dict[str, Counter[str]]:
    """How often each variant of each flag was answered."""
    found: dict[str, Counter[str]] = {}
    for call in calls:
        try:
            answer = json.loads(call.answer)
        except (ValueError, RecursionError):
            continue
        for one in answer.get("flags", [answer]) if isinstance(answer, dict) else ():
            if "key" in one and "errorCode" not in one:
                found.setdefault(one["key"], Counter())[one.get("variant", "")] += 1
    return found


def set_now(environment: "Environment", upstream: str = UPSTREAM) -> list[Override]:
    """What was set on flags and lasts, the oldest first."""
    recorded = entries.recorded(environment.identity)
    return [one for one in recorded if one.kind is OverrideKind.FLAG and one.subject == upstream and not one.is_over]


def set_values(
    environment: "Environment",
    values: Mapping[str, Any],
    *,
    when: Sequence[Mapping[str, Any]] = (),
    seconds: float | None = None,
    owner: OverrideOwner | None = None,
    upstream: str = UPSTREAM,
    scenario: str = "",
) -> list[Override]:
    """Set flags to a value or a variant, always or where conditions hold; effective at the next evaluation.

    Raises UsageError, with nothing changed, for an unknown flag or a value of another type.
    """
    known = described(environment)
    by = owner or changes.owner()
    made = []
    for name, value in values.items():
        _check(known, name)
        try:
            flags.changed(known[name], value, when)
        except ValueError as error:
            raise UsageError(f"flag '{name}' {error}") from error
        shown = value if isinstance(value, str) else json.dumps(value)
        where = "".join(f" where {key}={json.dumps(one[key])}" for one in when for key in one)
        about = {"flag": name, "value": value, "when": list(when)}
        begun = entries.new(OverrideKind.FLAG, upstream, by, seconds=seconds)
        made.append(replace(begun, what=f"{name}={shown}{where}", values=about, scenario=scenario))
    for one in made:
        keeping.add(environment.identity, one.record())
    return made


def unset(
    environment: "Environment",
    names: Sequence[str],
    *,
    upstream: str = UPSTREAM,
    owner: OverrideOwner | None = None,
) -> list[Override]:
    """Remove what was set on these flags, or on all, by one owner or all; raises UsageError for an unknown flag."""
    known = described(environment)
    for name in names:
        _check(known, name)
    active = [one for one in set_now(environment, upstream) if owner in (None, one.owner)]
    removed = [one for one in active if not names or one.values["flag"] in names]
    keeping.remove(environment.identity, [one.id for one in removed])
    return removed


def _check(known: Mapping[str, Any], name: str) -> None:
    if name not in known:
        raise UsageError(f"unknown flag '{name}'", hint=f"available: {', '.join(known) or 'none'}")


@dataclass(frozen=True, kw_only=True)
class Flags:
    """The feature flags of an environment, from Python."""

    environment: "Environment" = field(repr=False)

    def set(
        self,
        values: Mapping[str, Any] | None = None,
        /,
        *,
        when: Mapping[str, Any] | None = None,
        seconds: float | None = None,
        **named: Any,
    ) -> changes.Changed:
        """Set flags: `set(new_checkout=True)`, or `set({"new-checkout": True}, when={"plan": "pro"})`.

        Until this process exits, `reset`, or the end of the block if it is used in `with`. Raises UsageError.
        """
        conditions = [dict(when)] if when else []
        added = set_values(self.environment, {**(values or {}), **named}, when=conditions, seconds=seconds)
        return changes.Changed(environment=self.environment, overrides=added)

    def unset(self, *names: str) -> None:
        """Remove what was set on these flags."""
        if names:
            unset(self.environment, names)

    def reset(self) -> None:
        """Remove what was set on any flag."""
        unset(self.environment, ())

    def states(self) -> list[FlagState]:
        """Every flag as it is now."""
        return states(self.environment)
