"""The critical path of a start: what had to wait for what, from the end back to the beginning."""

import re
from collections.abc import Iterable, Mapping

from localenv.plan import Action, Key, Plan

_SHORTEST = 0.05  # seconds of a step that is worth a word
_WORDS: Mapping[Action, str] = {
    Action.REMOVE: "remove {}",
    Action.BUILD: "build {}",
    Action.LOAD: "stubs {}",
    Action.SNAPSHOT: "snapshot {}",
    Action.PREPARE: "prepare {}",
}

_NUMBER = re.compile(r"\.[0-9]+\Z")  # of a seed among others

Times = Mapping[Key, tuple[float, float]]  # when each step began and was done, by one clock


def path(plan: Plan, times: Times, fetched: Mapping[Key, str], files: Mapping[str, str] | None = None) -> str:
    """`build api 3.1 s → db.migrate 0.8 s → api 0.4 s`: of all that a step waited for, what was done last.

    `fetched` names what a step has brought to this machine: there is nothing to say of one that has found all there.
    `files` are those that jobs load: a seed goes by the name of its file.
    """
    steps: list[str] = []
    key = _last(times, times)
    while key:
        before = _last(plan.graph[key], times)
        began, done = times[key]
        if before and _is_start_of(before, key):  # it was ready so long after it was started
            key, began, before = before, times[before][0], _last(plan.graph[before], times)
        if done - began >= _SHORTEST and (key[0] is not Action.FETCH or key in fetched):
            steps.append(f"{_name(key, fetched, files or {})} {done - began:.1f} s")
        key = before
    return " → ".join(reversed(steps))


def _last(keys: Iterable[Key], times: Times) -> Key | None:
    return max((key for key in keys if key in times), key=lambda key: times[key][1], default=None)


def _is_start_of(before: Key, key: Key) -> bool:
    return key[0] is Action.AWAIT and before == (before[0], key[1])


def _name(key: Key, fetched: Mapping[Key, str], files: Mapping[str, str]) -> str:
    action, subject = key
    if action is Action.RUN and subject in files:
        return f"{_NUMBER.sub('', subject)} {files[subject]}"
    return f"pull {fetched[key]}" if action is Action.FETCH else _WORDS.get(action, "{}").format(subject)
