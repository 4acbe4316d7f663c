"""The critical path of a start: the chain of steps that determined its duration."""

import re
from collections.abc import Iterable, Mapping

from localenv.plan import Action, Plan, StepKey

_SHORTEST = 0.05  # seconds; shorter steps are left out
_WORDS: Mapping[Action, str] = {
    Action.REMOVE: "remove {}",
    Action.BUILD: "build {}",
    Action.LOAD: "stubs {}",
    Action.SNAPSHOT: "snapshot {}",
    Action.PREPARE: "prepare {}",
}

_NUMBER = re.compile(r"\.[0-9]+\Z")  # the index of a seed

Times = Mapping[StepKey, tuple[float, float]]  # start and end of each step, by one clock


def path(plan: Plan, times: Times, pulled: Mapping[StepKey, str], files: Mapping[str, str] | None = None) -> str:
    """`build api 3.1 s → db.migrate 0.8 s → api 0.4 s`: for each step, the dependency that finished last.

    `pulled` names what each step has downloaded; a pull step that found everything present is left out. `files` are
    those that jobs load: a seed is shown by its file name.
    """
    steps: list[str] = []
    key = _last(times, times)
    while key:
        before = _last(plan.graph[key], times)
        began, done = times[key]
        if before and _is_start_of(before, key):  # time from start to ready
            key, began, before = before, times[before][0], _last(plan.graph[before], times)
        if done - began >= _SHORTEST and (key[0] is not Action.PULL or key in pulled):
            steps.append(f"{_name(key, pulled, files or {})} {done - began:.1f} s")
        key = before
    return " → ".join(reversed(steps))


def _last(keys: Iterable[StepKey], times: Times) -> StepKey | None:
    return max((key for key in keys if key in times), key=lambda key: times[key][1], default=None)


def _is_start_of(before: StepKey, key: StepKey) -> bool:
    return key[0] is Action.AWAIT and before == (before[0], key[1])


def _name(key: StepKey, pulled: Mapping[StepKey, str], files: Mapping[str, str]) -> str:
    action, subject = key
    if action is Action.RUN and subject in files:
        return f"{_NUMBER.sub('', subject)} {files[subject]}"
    return f"pull {pulled[key]}" if action is Action.PULL else _WORDS.get(action, "{}").format(subject)
