"""Run a program in place of a service."""

import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import NoReturn

from localenv import Environment, state
from localenv.cli import signals
from localenv.cli.commands import ProgramEnded
from localenv.cli.programs import attached, not_run
from localenv.environment.here import ending, places
from localenv.process import Invocation, ProgramMissing


def run_in_place(found: Environment, service: str, argv: Sequence[str]) -> NoReturn:
    """Run a program until it ends, then bring the service back; exits with the program's code."""

    def begin(owed: ExitStack) -> tuple[Invocation, str]:
        if not argv:
            _prepare(found, service)
        return owed.enter_context(found.in_place(service, argv)), ""

    _run(found, service, begin)


def debug_in_place(found: Environment, service: str, *, waits: bool) -> NoReturn:
    """The same with the service's own command under a debugger."""

    def begin(owed: ExitStack) -> tuple[Invocation, str]:
        _prepare(found, service)
        invocation, debugger = owed.enter_context(found.debugged(service, waits=waits))
        begins = "; it begins when a debugger attaches" if waits else ""
        return invocation, f"{debugger.name} {debugger.where}{begins}\nattach: {debugger.attach}"

    _run(found, service, begin)


def _run(found: Environment, service: str, begin: Callable[[ExitStack], tuple[Invocation, str]]) -> NoReturn:
    with ExitStack() as owed:
        with signals.passed_on():
            try:
                invocation, more = begin(owed)
            except ProgramMissing as error:  # nothing was stopped
                raise ProgramEnded(not_run(error)) from None
            _say(f"{service} runs on this machine now{_reached(found, service)}")
            if more:
                _say(more)
            with ending.with_environment(found.identity, service):
                code = attached(invocation)
        with signals.patient():
            owed.close()
        _say(_left(found, service))
    raise ProgramEnded(code)


def _prepare(found: Environment, service: str) -> None:
    if not found.is_prepared(service):
        _say(f"preparing {service} on this machine (native.setup)")


def _left(found: Environment, service: str) -> str:
    record = state.load(found.identity)
    if record is None:
        return f"{found.identity} was removed, and what ran here in place of {service} ended with it"
    if service in record.here:
        return f"{service} does not run; {places.advice(service)}"
    return f"{service} stays stopped, as before" if service in record.stopped else f"{service} is back"


def _reached(found: Environment, service: str) -> str:
    if found.stack.services[service].port is None:
        return ""
    port = found.variables(service)["PORT"]
    return f": {found.url(service)} leads to 127.0.0.1:{port} ($PORT)"


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
