"""Reports for failed tests, and for an environment that could not be started."""

import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import pytest

from localenv import redaction
from localenv.console.findings import finding as findings_text
from localenv.console.ink import clean
from localenv.engines import Seen
from localenv.environment.finding import surrounding
from localenv.errors import InternalError, LocalenvError
from localenv.pytest_plugin.diagnosis import diagnose
from localenv.pytest_plugin.running import Running
from localenv.pytest_plugin.scope import Scope
from localenv.stack import Role, Unmatched
from localenv.stack.states import ServiceState
from localenv.stubs.calls import Call
from localenv.stubs.contracts import Violation
from localenv.stubs.journal import Unanswered

if TYPE_CHECKING:
    import pytest

_PACKAGE = Path(__file__).parent.parent
_HOOKS = Path(__file__).with_name("__init__.py")
_LINES = 60  # of a log
_LONGEST_BODY = 300  # characters


def report(scope: Scope) -> str:
    """The diagnosis in one line, logs since the test began, the upstreams' traffic, and how to reproduce it.

    Empty if there is nothing to report: an assertion of the test failed.
    """
    running: Running = scope.running
    try:
        seen, calls, logs = running.seen(suspects=scope.suspects), running.traffic.calls(scope), _logs(running, scope)
    except (LocalenvError, OSError) as error:
        return f"the environment {running.identity} does not answer: {error}"
    first = diagnose(seen, scope.stopped, calls, scope.answered, logs, _ignored(running, scope, calls))
    parts = [*([first] if first else []), *_traffic(calls), *_shown_logs(logs), *_states(seen)]
    if not parts:
        return ""
    return clean(redaction.redacted("\n".join([*parts, f"\n{_again(scope, running)}"]).strip()))


def add(report: "pytest.TestReport", diagnosis: str) -> None:
    """Add it to the failure itself, so that JUnit's XML has it too; a failure that is only text takes no section."""
    to_failure = getattr(report.longrepr, "addsection", None)
    if diagnosis and to_failure:
        to_failure("localenv", diagnosis)
    elif diagnosis:
        report.sections.insert(0, ("localenv", diagnosis))


def finding(running: Running, one: Unanswered) -> str:
    """An unmatched request: the nearest stub, the differences, and a mapping to paste."""
    return findings_text(one, running.environment.stack, io.StringIO())


def violation(one: Violation) -> str:
    """What a contract does not allow, and the request."""
    return redaction.redacted(f"{one} (contract violated)\n  {one.call.line}")


def shorten(excinfo: "pytest.ExceptionInfo[BaseException]") -> None:
    """Show an error of localenv at the line of the test that caused it, with log and hint, without internal frames."""
    error = excinfo.value
    if not isinstance(error, LocalenvError) or isinstance(error, InternalError):
        return
    before: TracebackType | None = None
    for frame in _frames(excinfo.tb):
        if before is not None and _is_of_localenv(frame):
            before.tb_next = None
            break
        before = frame
    error.__cause__, error.__suppress_context__ = None, True
    for line in (*error.log, *([f"hint: {error.hint}"] if error.hint else ())):
        error.add_note(redaction.redacted(f"  {line}"))


def _frames(first: TracebackType | None) -> Iterator[TracebackType]:
    while first is not None:
        yield first
        first = first.tb_next


def _is_of_localenv(frame: TracebackType) -> bool:
    """Whether a frame is inside localenv's API; the hooks, which call the test, come before it."""
    file = Path(frame.tb_frame.f_code.co_filename)
    return file.is_relative_to(_PACKAGE) and file != _HOOKS


def failure(error: LocalenvError) -> str:
    """Why there is no environment, or what could not be undone."""
    lines = [f"localenv: {error.message}", *(f"    {line}" for line in error.log)]
    return redaction.redacted("\n".join([*lines, f"  hint: {error.hint}"] if error.hint else lines))


def cut_short(ended: BaseException, *, is_again: bool) -> LocalenvError:
    """The error of a start that the time limit of a test has ended; the first time, only this test fails with it."""
    hint = "raise the limit, or set timeout_func_only = true, so that it does not count what fixtures do"
    latest: Sequence[str] = getattr(ended, "__notes__", ())
    error = LocalenvError(f"the environment was still starting: {ended}", log=latest, hint=hint)
    if is_again:
        return error
    raise pytest.fail.Exception(failure(error), pytrace=False) from None


def failure_once(error: LocalenvError, reporter: str, test: str) -> str:
    """The same, in one line for tests after the one that reported it."""
    if reporter == test:
        return failure(error)
    return f"localenv: {redaction.redacted(error.message).partition(chr(10))[0]} (shown in full by {reporter})"


def _logs(running: Running, scope: Scope) -> dict[str, list[str]]:
    stack = running.environment.stack
    names = [name for name, own in running.names.items() if own in stack.services]
    under_work = [name for name in names if stack.services[running.names[name]].role is Role.SERVICE]
    return running.lines(under_work, scope.began)


def _ignored(running: Running, scope: Scope, calls: Sequence[Call]) -> set[str]:
    asked = {call.upstream for call in calls}
    return {name for name in asked if running.traffic.meaning(scope, name) is Unmatched.IGNORE}


def _traffic(calls: Sequence[Call]) -> Iterator[str]:
    if calls:
        yield "\nrequests to upstreams:"
    for call in calls:
        moment = datetime.fromtimestamp(call.time).strftime("%H:%M:%S.%f")[:-3]
        yield f"  {moment} {call}"
        if call.body:
            yield f"    {redaction.redacted_traffic(call.text[:_LONGEST_BODY])}"


def _shown_logs(logs: Mapping[str, Sequence[str]]) -> Iterator[str]:
    for name, lines in logs.items():
        left_out = f" (the last {_LINES} of {len(lines)} lines)" if len(lines) > _LINES else ""
        if lines:
            yield f"\n{name} since the test began{left_out}:"
        yield from (f"  {line}" for line in lines[-_LINES:])


def _states(seen: Mapping[str, Seen]) -> Iterator[str]:
    """The states of all services, if one of them does not run."""
    if any(one.state is not ServiceState.RUNNING for one in seen.values()):
        yield "\nstates: " + ", ".join(f"{name} {one.state}" for name, one in seen.items())


def _again(scope: Scope, running: Running) -> str:
    attach = f"{scope.again} --localenv-attach {running.identity}"
    if scope.settings.keep == "never" and not (scope.settings.attach or scope.settings.reuse):
        return f"to reproduce: {scope.again} --localenv-keep=failed, then {attach}"
    while_it_runs = ", while it runs" if scope.settings.attach == surrounding() else ""
    return f"to reproduce{while_it_runs}: {attach}"
