"""Stop, start and pause services, needs and stub servers of a running environment, and record who did it."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from localenv import state
from localenv.environment import memories, ownership, stubbing
from localenv.environment.here import places
from localenv.environment.overrides import entries, keeping
from localenv.environment.up import awaited
from localenv.errors import JobError, LocalenvError, UsageError
from localenv.host.announcing import announced
from localenv.plan import finishing
from localenv.stack import Role, Stack, order
from localenv.stack.states import DOWN, ServiceState
from localenv.stack.workers import server_of
from localenv.state import Record, Stop, locking

if TYPE_CHECKING:
    from localenv.environment.handle import Environment

_READY = 60.0  # seconds for a started service to become ready
_RUNNING = (ServiceState.RUNNING, ServiceState.RESTARTING)
_DONE: Mapping[str, str] = {
    "stop": "stopped", "start": "started", "restart": "restarted", "pause": "paused", "unpause": "running again",
}  # fmt: skip
_THERE: Mapping[str, tuple[ServiceState, ...]] = {  # the states in which an action has nothing to do
    "stop": DOWN, "start": _RUNNING, "restart": (), "pause": (ServiceState.PAUSED,), "unpause": _RUNNING,
}  # fmt: skip
_BACKWARDS = ("stop", "pause")  # first what others do not wait for

StopReport = Callable[[str, str], None]  # a name, and what became of it


def change(
    environment: "Environment",
    names: Iterable[str],
    action: str,
    *,
    by: str,
    ready: float = _READY,
    report: StopReport = lambda name, done: None,
) -> None:
    """`stop`, `start`, `restart`, `pause` or `unpause` services; what is started is awaited, `ready` seconds each.

    What is in that state already stays as it is; `start` also continues what is paused. Raises UsageError, before
    anything is changed, for a name that is none of them, or for pausing what does not run; NotReadyError.
    """
    homes = {name: home(environment.stack, name) for name in dict.fromkeys(names)}
    seen = environment.engine.observe(environment.identity, closely=True).services
    now = {one: seen[one].state if one in seen else None for one in homes.values()}
    for name, one in homes.items():
        _check(environment, name, now[one], action)
    ordered = order.in_order({one: _waits(environment.stack, one) for one in dict.fromkeys(homes.values())})
    for one in reversed(ordered) if action in _BACKWARDS else ordered:
        name, before = next(name for name, home in homes.items() if home == one), now[one]
        if before in _THERE[action]:
            report(name, f"already {_DONE[action] if action not in ('start', 'unpause') else 'running'}")
            continue
        assert before is not None
        _change(environment, one, action, before, by=by, ready=ready)
        report(name, _DONE[action])


def again(
    environment: "Environment",
    name: str,
    *,
    instead: Mapping[Path, Path] | None = None,
    by: str = "localenv up --watch",
    ready: float = _READY,
) -> None:
    """Restart a service with its files as they are now, and wait until it is ready. Raises NotReadyError.

    `instead`: files that it sees in place of others, see `Services.restart`.
    """
    with locking.lock(environment.identity):
        _save_stop(environment.identity, name, Stop(state=ServiceState.EXITED, by=by, time=time.time()))
        try:
            environment.engine.services.restart(environment.deployment, name, instead)
        except BaseException:
            _save_stop(environment.identity, name, None)
            raise
    try:
        _await(environment, name, ready)
    finally:
        _record(environment, name, None)


@contextmanager
def moving(environment: "Environment", name: str, *, by: str) -> Iterator[None]:
    """Change how a need is reached: until that is done, its end is none that counts.

    What it held in memory alone is back where it can be reached afterwards, else with the next change.
    """
    with locking.lock(environment.identity):
        _save_stop(environment.identity, name, Stop(state=ServiceState.EXITED, by=by, time=time.time()))
        try:
            with announced(f"waiting until {name} is reached another way; Ctrl-C ends this"):
                memories.keep(environment.deployment, name)
                yield
                with suppress(JobError):
                    memories.bring_back(environment.deployment, name)
        finally:
            _save_stop(environment.identity, name, None)


def home(stack: Stack, name: str) -> str:
    """The engine's service that runs a service, need or stub server; raises UsageError for any other name."""
    if name in stack.services:
        return name
    if name in stack.needs:
        return server_of(stack, name)
    if name in stack.upstreams:
        server = stack.upstreams[name].server
        raise UsageError(f"{name} is an upstream, answered by {server}", hint=f"to act on all upstreams: {server}")
    raise UsageError(f"unknown service or need '{name}'", hint=f"available: {', '.join([*stack.services]) or 'none'}")


def _check(environment: "Environment", name: str, now: ServiceState | None, action: str) -> None:
    here = (state.load(environment.identity) or environment.record).here.get(name)
    if here and not here.returns:
        raise UsageError(f"{name} runs on this machine, not in the environment", hint=places.advice(name))
    if here and ownership.is_alive(here.owner) and not ownership.is_same(here.owner, ownership.own()):
        pid = here.owner.pid if here.owner else 0
        raise UsageError(f"{name} runs on this machine (pid {pid}: {here.command})", hint=f"to end it: kill {pid}")
    if now is None:
        raise UsageError(f"{name} does not exist yet", hint="create it: localenv up")
    if action in ("pause", "unpause") and now in DOWN:
        raise UsageError(f"{name} is not running and cannot be {action}d", hint="start it first")


def _waits(stack: Stack, name: str) -> list[str]:
    service = stack.services[name]
    backing = [one.name for one in stack.of(Role.NEED, Role.STUBS)] if service.role is Role.SERVICE else []
    return [*backing, *(one.name for one in service.depends_on)]


def _change(environment: "Environment", name: str, action: str, now: ServiceState, *, by: str, ready: float) -> None:
    ends, begins = action in ("stop", "restart"), action in ("start", "restart")
    if ends and now not in DOWN:
        if environment.stack.services[name].role is Role.STUBS and now is ServiceState.RUNNING:
            with suppress(LocalenvError):  # it does not answer
                entries.keep(environment.deployment, name)
        if now is ServiceState.RUNNING:
            memories.keep(environment.deployment, name)
        _signal(environment, name, "stop", Stop(state=ServiceState.EXITED, by=by, time=time.time()))
        now = ServiceState.EXITED
    if action == "pause":
        _signal(environment, name, "pause", Stop(state=ServiceState.PAUSED, by=by, time=time.time()))
    elif action == "unpause" or (begins and now is ServiceState.PAUSED):
        _signal(environment, name, "unpause")
        _record(environment, name, None)
        keeping.runs_again(environment.identity, name)
    elif begins:
        _start(environment, name, ready)


def _start(environment: "Environment", name: str, ready: float) -> None:
    """Start a service and wait until it is ready; a stub server gets its stubs and overrides back, a need its data."""
    _signal(environment, name, "start")
    try:
        _await(environment, name, ready)
        memories.bring_back(environment.deployment, name)
        if own := [one.name for one in environment.stack.upstreams.values() if one.server == name]:
            stubbing.load(environment.deployment, *own, is_new=True)
            entries.restore(environment.deployment, name)
    finally:
        _record(environment, name, None)  # not before: it would count as dead until it runs
        keeping.runs_again(environment.identity, name)


def _await(environment: "Environment", name: str, ready: float) -> None:
    stack = environment.stack
    awaited.wait(
        environment.engine,
        environment.deployment,
        [stack.services[name]],
        time.monotonic() + ready,
        finishing=finishing(stack),
    )


def _signal(environment: "Environment", name: str, action: str, stop: Stop | None = None) -> None:
    """Recorded first, so that it is never taken for a failure."""
    with locking.lock(environment.identity):
        if stop is not None:
            _save_stop(environment.identity, name, stop)
        with announced(f"waiting for {name} to {action}; Ctrl-C ends this"):
            environment.engine.services.signal(environment.identity, name, action)


def _record(environment: "Environment", name: str, stop: Stop | None) -> None:
    with locking.lock(environment.identity):
        _save_stop(environment.identity, name, stop)


def _save_stop(identity: str, name: str, stop: Stop | None) -> None:
    record: Record | None = state.load(identity)
    if record is not None:
        others = {one: what for one, what in record.stopped.items() if one != name}
        state.save(record.but(stopped={**others, **({name: stop} if stop else {})}))
