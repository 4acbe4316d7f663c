"""What is most likely wrong, in one line."""

import re
from collections.abc import Collection, Mapping, Sequence

from localenv.engines import Condition, Seen
from localenv.pytest_plugin.calls import Call

_TELLING = re.compile(r"error|exception|traceback|fatal|critical|panic|denied|refused|fail", re.IGNORECASE)
_TRACEBACK = re.compile(r"^(?:\w+\.)*\w*(?:Error|Exception|Interrupt|Exit)\b.*")
_FAULTY = 500


def diagnose(
    seen: Mapping[str, Seen],
    stopped: set[str],
    calls: Sequence[Call],
    answered: Sequence[str],
    logs: Mapping[str, Sequence[str]],
    ignored: Collection[str] = (),
) -> str:
    """The first of: a service that is not there, an unmatched call, a 500, an upstream that failed, a telling line."""
    for name, one in seen.items():
        if told := _ended(name, one, name in stopped, logs.get(name, ())):
            return told
    if lost := [call for call in calls if not call.matched and call.upstream not in ignored]:
        more = f", and {len(lost) - 1} more" if len(lost) > 1 else ""
        return f"no stub matched {lost[0].upstream} {lost[0].method} {lost[0].url}{more}"
    if answered:
        name = answered[-1].partition(" ")[0]
        line = telling(logs.get(name, ()))
        return answered[-1] + (f"; its log says: {line}" if line else "; its log says nothing of it")
    for call in calls:
        if call.fault or call.status >= _FAULTY:
            return f"{call.upstream} failed, as a stub says: {call}"
    for name, lines in logs.items():
        if line := telling(lines):
            return f"{name} says: {line}"
    return "nothing in the environment looks wrong: everything runs, and every call to an upstream was answered"


def telling(lines: Sequence[str]) -> str:
    """The line that says most of what went wrong: the last of a traceback, else the last that speaks of an error."""
    for pattern in (_TRACEBACK.match, _TELLING.search):
        if found := [line for line in lines if pattern(line.strip())]:
            return found[-1].strip()
    return ""


def _ended(name: str, seen: Seen, by_test: bool, log: Sequence[str]) -> str:
    last = telling(log) or next((line.strip() for line in reversed(log) if line.strip()), "")
    said = f"; its last words: {last}" if last else ""
    if by_test:
        return ""
    if seen.out_of_memory:
        return f"{name} was killed because it used more memory than it is allowed{said}"
    if seen.condition is Condition.EXITED:
        return f"{name} crashed: it exited with code {seen.exit_code}{said}"
    if seen.condition is Condition.RESTARTING:
        return f"{name} crashes again and again{said}"
    return f"{name} is paused" if seen.condition is Condition.PAUSED else ""
