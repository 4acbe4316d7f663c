"""Steps: what is done to which subject, why, and what has to be done before; a plan prints itself."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from itertools import groupby
from typing import Any

from localenv.stack import order

NEW = "new"


class Action(StrEnum):
    """What a step does to its subject."""

    REMOVE = "remove"
    BUILD = "build"
    FETCH = "fetch"  # what it runs from, where that is not on this machine
    START = "start"
    REPLACE = "replace"
    AWAIT = "await"  # until it is ready
    PREPARE = "prepare"  # what the image of a need does not: further databases, extensions
    LOAD = "load"  # the stubs of an upstream
    RUN = "run"
    SNAPSHOT = "snapshot"
    SMOKE = "smoke"


Key = tuple[Action, str]  # what is done to whom: each only once

_PHRASES: Mapping[Action, str] = {Action.LOAD: "load stubs of", Action.SMOKE: "run"}
_SILENT = (Action.AWAIT, Action.PREPARE)  # they belong to a start: who waits for `db` waits until it can be used
_DONE: Mapping[Action, str] = {  # how a step that others wait for is called
    Action.REMOVE: "removal of {}",
    Action.BUILD: "build of {}",
    Action.START: "start of {}",
    Action.REPLACE: "start of {}",
    Action.LOAD: "stubs",
    Action.SNAPSHOT: "snapshot of {}",
}


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing to do. Steps of one `batch` that can begin at the same time are done together."""

    action: Action
    subject: str
    reason: str = ""
    title: str = ""  # of jobs and checks: what runs
    batch: str = ""
    waits_for: frozenset[Key] = frozenset()

    @property
    def key(self) -> Key:
        """What tells it from all others."""
        return self.action, self.subject

    def __str__(self) -> str:
        return _line(self.action, [self.subject], self.title, self.reason)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What has to be done, each step after those that it waits for; empty where everything is as wanted."""

    steps: tuple[Step, ...] = ()

    @classmethod
    def of_steps(cls, steps: Iterable[Step]) -> "Plan":
        """In order: as given, but for what waits for others. What is not in the plan is not waited for."""
        known = {step.key: step for step in steps}
        known = {key: replace(step, waits_for=step.waits_for & known.keys()) for key, step in known.items()}
        ordered = order.in_order({key: step.waits_for for key, step in known.items()})
        return cls(steps=tuple(known[key] for key in ordered))

    def __bool__(self) -> bool:
        return bool(self.steps)

    def __str__(self) -> str:
        """A line for each group of steps that can begin at the same time, and what they wait for."""
        shown = [step for step in self.steps if step.action not in _SILENT]
        groups = groupby(shown, key=lambda step: (step.action, step.title, step.reason, self._after(step)))
        return "\n".join(
            _line(action, [step.subject for step in group], title, reason) + (f" after {after}" if after else "")
            for (action, title, reason, after), group in groups
        )

    def document(self) -> list[dict[str, Any]]:
        """As JSON: `[{action, subject, reason, title, waits_for: ["await db"]}]`."""
        return [
            {
                "action": str(one.action),
                "subject": one.subject,
                "reason": one.reason,
                "title": one.title,
                "waits_for": [f"{action} {subject}" for action, subject in self._sorted(one.waits_for)],
            }
            for one in self.steps
        ]

    @cached_property
    def by_key(self) -> Mapping[Key, Step]:
        """Each step by what it does to whom."""
        return {step.key: step for step in self.steps}

    @cached_property
    def graph(self) -> Mapping[Key, frozenset[Key]]:
        """What each step waits for."""
        return {step.key: step.waits_for for step in self.steps}

    @cached_property
    def ancestors(self) -> Mapping[Key, frozenset[Key]]:
        """What has to be done before each step, also through others."""
        return order.ancestors(self.graph)

    def of(self, *actions: Action) -> tuple[str, ...]:
        """The subjects of these actions, in order."""
        return tuple(step.subject for step in self.steps if step.action in actions)

    def is_fresh(self, need: str) -> bool:
        """Whether a need starts with nothing in it."""
        return any(
            step.subject == need
            and (step.action is Action.REPLACE or (step.action is Action.START and step.reason == NEW))
            for step in self.steps
        )

    def reason(self, action: Action, subject: str) -> str:
        """Why something is done; empty where it is not."""
        step = self.by_key.get((action, subject))
        return step.reason if step else ""

    def _after(self, step: Step) -> str:
        """What it waits for, without what that waits for itself."""
        before = frozenset[Key]().union(*(self.ancestors[key] for key in step.waits_for if key in self.ancestors))
        direct = (key for key in self._sorted(step.waits_for - before) if key[0] is not Action.FETCH)
        return ", ".join(dict.fromkeys(_DONE.get(action, "{}").format(subject) for action, subject in direct))

    def _sorted(self, keys: Iterable[Key]) -> list[Key]:
        wanted = set(keys)
        return [step.key for step in self.steps if step.key in wanted]


def _line(action: Action, subjects: Iterable[str], title: str, reason: str) -> str:
    what = f"{_PHRASES.get(action, action)} {', '.join(subjects)}"
    return what + (f": {title}" if title else "") + (f" ({reason})" if reason else "")
