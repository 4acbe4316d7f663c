"""Wait until an environment is ready, for scripts."""

import time
from collections.abc import Sequence

from localenv import state
from localenv.environment import deaths, finding, lifecycle, losses, stopping
from localenv.environment.handle import Environment
from localenv.environment.request import Request
from localenv.environment.up import awaited, left_out, preparing
from localenv.errors import NotReadyError
from localenv.host.announcing import announced
from localenv.host.waiting import looks
from localenv.plan import finishing
from localenv.stack.states import EnvironmentState, ServiceState

_PAUSE = 0.1  # seconds between two looks at the record


def wait(request: Request, names: Sequence[str] = (), *, timeout: float | None = None) -> Environment:
    """Return the environment once everything, or the services with these names, answers.

    It may be started later, or be starting now. Raises NotReadyError after `timeout` seconds, or at once if the start
    failed or something has exited; UsageError for an unknown name.
    """
    end = time.monotonic() + (timeout or preparing.patience(request))
    _await_start(_identity(request), end)
    found = lifecycle.attach(request)
    homes = [stopping.home(found.stack, name) for name in names] or list(found.stack.services)
    _check_running(found, homes)
    here = (state.load(found.identity) or found.record).here
    _await_here(found, [name for name in homes if name in here], end)
    awaited.wait(
        found.engine,
        found.deployment,
        [found.stack.services[name] for name in homes if name not in here],
        end,
        finishing=finishing(found.stack),
    )
    _check_running(found, homes)  # a need says that it is empty only once it answers
    return found


def _identity(request: Request) -> str:
    """The environment's identity, also before it is started."""
    meant = finding.started(request)
    return meant.identity if meant else preparing.identity(request, preparing.stack(request))


def _await_start(name: str, end: float) -> None:
    """Wait until `up` has recorded that everything was ready."""
    with announced(lambda: _start_message(name)):
        for is_last in looks(within=max(end - time.monotonic(), 0), pause=_PAUSE):
            record = state.load(name)
            if record and record.state is EnvironmentState.READY:
                return
            if record and record.state is EnvironmentState.FAILED:
                why = f": {record.detail}" if record.detail else ""
                raise NotReadyError(f"{name} failed{why}", hint="see what failed: localenv status")
            if is_last:
                state_text = f"is still {record.state}" if record else "is not running"
                raise NotReadyError(f"{name} {state_text}", hint="" if record else "start it: localenv up")


def _start_message(name: str) -> str:
    record = state.load(name)
    return f"waiting until {name} is ready; it is {record.state if record else 'not running'}; Ctrl-C ends this"


def _await_here(found: Environment, names: Sequence[str], end: float) -> None:
    """Wait until the programs that run on this machine in place of services listen."""
    if not names:
        return
    with announced(f"waiting for {', '.join(names)}, to be run on this machine; Ctrl-C ends this"):
        for is_last in looks(within=max(end - time.monotonic(), 0), pause=_PAUSE):
            record = state.load(found.identity)
            silent = [name for name in left_out.silent(found.prepared, record) if name in names] if record else []
            if not silent:
                return
            if is_last:
                name = silent[0]
                hint = f"localenv run --as {name} --in-place -- CMD"
                raise NotReadyError(f"{name} runs on this machine, where nothing listens yet", hint=hint)


def _check_running(found: Environment, homes: Sequence[str]) -> None:
    """Raise NotReadyError at once for what was stopped on purpose, has exited, or has lost its data."""
    observed = found.engine.observe(found.identity)
    record = state.load(found.identity)
    if record is None:
        return
    for name in homes:
        seen = observed.services.get(name)
        if stop := deaths.stop_of(record, name, seen):
            done, undo = ("paused", "unpause") if stop.state is ServiceState.PAUSED else ("stopped", "start")
            raise NotReadyError(f"{name} was {done} by {stop.by}", hint=f"localenv {undo} {name}")
    gone = {**dict(deaths.ended(record, observed)), **losses.lost(found.deployment, record, observed)}
    for name, why in gone.items():
        if name in homes:
            raise NotReadyError(f"{name} {why}", hint="see its last lines: localenv status")
