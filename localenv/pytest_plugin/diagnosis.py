"""The likely cause of a failed test, in one line."""

from collections.abc import Collection, Mapping, Sequence

from localenv import redaction
from localenv.engines import Seen
from localenv.environment.logs.errors import error_line, reason_line
from localenv.stack.states import ServiceState
from localenv.stubs.calls import Call

_FAULTY = 500


def diagnose(
    seen: Mapping[str, Seen],
    stopped: set[str],
    calls: Sequence[Call],
    answered: Sequence[str],
    logs: Mapping[str, Sequence[str]],
    ignored: Collection[str] = (),
) -> str:
    """The first of: a service that exited, an unmatched request, a 500, a failed upstream, an error in a log.

    Empty if there is none.
    """
    for name, one in seen.items():
        if ended := _ended(name, one, name in stopped, logs.get(name, ())):
            return ended
    if lost := [call for call in calls if not call.matched and call.upstream not in ignored]:
        more = f", and {len(lost) - 1} more" if len(lost) > 1 else ""
        return f"no stub matched {lost[0].upstream} {lost[0].method} {redaction.redacted(lost[0].url)}{more}"
    if answered:
        name = answered[-1].partition(" ")[0]
        line = error_line(logs.get(name, ()))
        return answered[-1] + (f"; its log: {line}" if line else "; no error in its log")
    for call in calls:
        if call.fault or call.status >= _FAULTY:
            return f"a stub made {call.upstream} fail: {call}"
    for name, lines in logs.items():
        if line := error_line(lines):
            return f"log of {name}: {line}"
    return ""


def _ended(name: str, seen: Seen, by_test: bool, log: Sequence[str]) -> str:
    last = reason_line(log) or next((line.strip() for line in reversed(log) if line.strip()), "")
    detail = f": {last}" if last else ""
    if by_test:
        return ""
    if seen.out_of_memory:
        return f"{name} was killed: it exceeded its memory limit{detail}"
    if seen.state is ServiceState.EXITED:
        return f"{name} exited with code {seen.exit_code}{detail}"
    if seen.state is ServiceState.RESTARTING:
        return f"{name} keeps crashing{detail}"
    return f"{name} is paused" if seen.state is ServiceState.PAUSED else ""
