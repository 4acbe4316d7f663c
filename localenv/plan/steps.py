"""Steps: an action on a subject, with its reason and dependencies; a plan prints itself."""

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
    PULL = "pull"  # the image or files it runs from, if missing on this machine
    START = "start"
    REPLACE = "replace"
    AWAIT = "await"  # until it is ready
    PREPARE = "prepare"  # what the image of a need does not create: further databases, extensions
    LOAD = "load"  # the stubs of an upstream
    RUN = "run"
    SNAPSHOT = "snapshot"
    SMOKE = "smoke"


StepKey = tuple[Action, str]  # action and subject: unique in a plan

_PHRASES: Mapping[Action, str] = {Action.LOAD: "load stubs of", Action.SMOKE: "run"}
_SILENT = (Action.AWAIT, Action.PREPARE)  # part of a start: a step that waits for `db` waits until it is usable
_DONE: Mapping[Action, str] = {  # how a completed step is named as a dependency
    Action.REMOVE: "removal of {}",
    Action.BUILD: "build of {}",
    Action.START: "start of {}",
    Action.REPLACE: "start of {}",
    Action.LOAD: "stubs",
    Action.SNAPSHOT: "snapshot of {}",
}


@dataclass(frozen=True, kw_only=True)
class Step:
    """One action. Steps of one `batch` that can begin at the same time run together."""

    action: Action
    subject: str
    reason: str = ""
    title: str = ""  # of jobs and checks: what runs
    batch: str = ""
    waits_for: frozenset[StepKey] = frozenset()

    @property
    def key(self) -> StepKey:
        """The unique key of the step."""
        return self.action, self.subject

    def __str__(self) -> str:
        return _line(self.action, [self.subject], self.title, self.reason)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The steps to carry out, each after its dependencies; empty if the environment is up to date."""

    steps: tuple[Step, ...] = ()

    @classmethod
    def of_steps(cls, steps: Iterable[Step]) -> "Plan":
        """Sort steps: in the order given, but after their dependencies. Dependencies outside the plan are ignored."""
        known = {step.key: step for step in steps}
        known = {key: replace(step, waits_for=step.waits_for & known.keys()) for key, step in known.items()}
        ordered = order.in_order({key: step.waits_for for key, step in known.items()})
        return cls(steps=tuple(known[key] for key in ordered))

    def __bool__(self) -> bool:
        return bool(self.steps)

    def __str__(self) -> str:
        """One line for each group of steps that can begin at the same time, with their dependencies."""
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
    def by_key(self) -> Mapping[StepKey, Step]:
        """Each step by its key."""
        return {step.key: step for step in self.steps}

    @cached_property
    def graph(self) -> Mapping[StepKey, frozenset[StepKey]]:
        """The dependencies of each step."""
        return {step.key: step.waits_for for step in self.steps}

    @cached_property
    def ancestors(self) -> Mapping[StepKey, frozenset[StepKey]]:
        """All direct and indirect dependencies of each step."""
        return order.ancestors(self.graph)

    def of(self, *actions: Action) -> tuple[str, ...]:
        """The subjects of these actions, in order."""
        return tuple(step.subject for step in self.steps if step.action in actions)

    def is_fresh(self, need: str) -> bool:
        """Whether a need starts without data."""
        return any(
            step.subject == need
            and (step.action is Action.REPLACE or (step.action is Action.START and step.reason == NEW))
            for step in self.steps
        )

    def reason(self, action: Action, subject: str) -> str:
        """The reason for an action; empty if it is not in the plan."""
        step = self.by_key.get((action, subject))
        return step.reason if step else ""

    def _after(self, step: Step) -> str:
        """The dependencies of a step, without indirect ones."""
        before = frozenset[StepKey]().union(*(self.ancestors[key] for key in step.waits_for if key in self.ancestors))
        direct = (key for key in self._sorted(step.waits_for - before) if key[0] is not Action.PULL)
        return ", ".join(dict.fromkeys(_DONE.get(action, "{}").format(subject) for action, subject in direct))

    def _sorted(self, keys: Iterable[StepKey]) -> list[StepKey]:
        wanted = set(keys)
        return [step.key for step in self.steps if step.key in wanted]


def _line(action: Action, subjects: Iterable[str], title: str, reason: str) -> str:
    what = f"{_PHRASES.get(action, action)} {', '.join(subjects)}"
    return what + (f": {title}" if title else "") + (f" ({reason})" if reason else "")
