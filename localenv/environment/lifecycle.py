"""Bring an environment up from its description, and inspect it."""

import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from functools import partial

from localenv import paths, settings, state
from localenv.engines import Engine
from localenv.environment import applied, finding, ownership, responding, variables
from localenv.environment.down import guarding
from localenv.environment.handle import Environment
from localenv.environment.overrides import keeping
from localenv.environment.request import Request
from localenv.environment.up import earlier, unserved
from localenv.environment.up.claiming import claimed
from localenv.environment.up.preparing import Prepared, check, engine, identity, prepare, stack
from localenv.environment.up.recording import Recorder
from localenv.environment.up.rollback import command, rolled_back
from localenv.errors import LocalenvError, UsageError, shown
from localenv.events import EventLog, Listener, Phase, Progress, ignore
from localenv.host.locks import LockWaiting
from localenv.stack import Reader, Role, Stack, reals
from localenv.stack.states import EnvironmentState
from localenv.state import Record, locking
from localenv.stubs.sources.ahead import Ahead, ahead

_SHORT = 1.0  # seconds; shorter waits are not reported
_LONGEST = 15.0  # seconds that a command which only looks waits for one that has recorded nothing yet


def up(request: Request, listener: Listener = ignore) -> Environment:
    """Bring an environment up, or update a running one; returns when everything is ready.

    The environment belongs to the first living process that brings it up; see `leave`. On failure, everything that this
    call started is removed, unless the request keeps it. Raises LocalenvError.
    """
    with ahead() as begun:
        planned = stack(request)
        request = _with_own_reals(request, planned)
        if request.scenario or request.reals or request.own_reals:
            _check_changes(planned, request)
        name = identity(request, planned)
        if state.load(name):  # nothing of it is touched for a contract that cannot be served
            begun.wait()
        events = EventLog(environment=name, listener=listener)
        while True:
            guarding.await_removal(name)
            with suppress(guarding.Ending), locking.lock(name, _announcing(events)):
                return _up(request, planned, events, begun)


class _Neighbours:
    """Other environments, for an environment whose upstreams they answer."""

    def look(self, request: Request) -> Environment:
        return look(request)

    def up(self, request: Request) -> Environment:
        return up(request)


def _with_own_reals(request: Request, planned: Stack) -> Request:
    """The request with upstreams that the user's own settings make real; those that it has no more are left out."""
    named = settings.load().real(request.target.repository)
    own = [name for name in named if name in planned.upstreams and name not in request.reals]
    return replace(request, own_reals=tuple(own)) if own else request


def _up(request: Request, planned: Stack, events: EventLog, begun: Ahead) -> Environment:
    """Requires the lock; raises Ending if the guard removes the environment."""
    name = events.environment
    before = state.load(name)
    owner = ownership.claim(request, before)
    prepared, read, reason = claimed(request, planned, events, owner, before)
    is_noted = begun.is_done  # else what is not served is only known once it is loaded
    _announce(prepared, reason, events, unserved.notes(prepared.stack.upstreams.values()) if is_noted else ())
    began = time.monotonic()
    recorder = Recorder(record=prepared.record.but(owner=owner, lease=None))
    with rolled_back(prepared, recorder, events, before):
        variables.record(name, prepared.stack, read)
        path = _started(prepared, planned, events, recorder, is_noted)
        record = _recorded(request, recorder, before)
        keeping.watch(name)
        responding.start(prepared.engine, prepared.deployment)
        events.emit(Phase.READY, "", Progress.DONE, path, time.monotonic() - began, _urls(prepared))
        environment = Environment(
            prepared=prepared, record=record, critical_path=path, listener=events.listener, neighbours=_Neighbours()
        )
        _recover_overrides(environment, events)
        _change(environment, request)
    return environment


def _announce(prepared: Prepared, reason: str, events: EventLog, notes: Iterable[str]) -> None:
    """Report why this engine was chosen, what it cannot do, these notes, and if there is nothing to do."""
    for note in (*([reason] if reason else []), *prepared.limits, *notes):
        events.emit(Phase.PLAN, "", Progress.DONE, note)
    if not (prepared.plan or prepared.opens):
        events.emit(Phase.PLAN, "", Progress.UNCHANGED, "nothing changed")


def _started(prepared: Prepared, planned: Stack, events: EventLog, recorder: Recorder, is_noted: bool) -> str:
    """Start what is due; returns the critical path, empty if there was nothing to do."""
    if prepared.plan or not paths.stack(prepared.record.identity).exists():
        applied.record(prepared.record.identity, planned)
    if not (prepared.plan or prepared.opens):
        out = {*prepared.record.here, *prepared.request.without}
        earlier.confirm(prepared, [name for name in prepared.stack.services if name not in out])
        return ""
    from localenv.environment.up.starting import Start  # an `up` with nothing to do does not need its imports

    start = Start(prepared=prepared, events=events, recorder=recorder, is_noted=is_noted)
    start.run()
    return start.critical_path()


def _recorded(request: Request, recorder: Recorder, before: Record | None) -> Record:
    """Record that everything is ready; returns the record."""
    ready = recorder.record.but(state=EnvironmentState.READY, detail="", stopped={})
    record = ownership.keep_claim(request, ready, before)
    if record != before:
        state.save(record)
    return record


def _recover_overrides(environment: Environment, events: EventLog) -> None:
    """Start again what overrides need and no longer runs."""
    leftovers = any(map(reals.is_real, environment.prepared.observed.services))  # of a command that was killed
    if not (leftovers or paths.overrides(environment.identity).exists()):
        return
    from localenv.environment.overrides import recovering

    for problem in recovering.recover(environment):
        events.emit(Phase.PLAN, "", Progress.DONE, problem)


def _check_changes(planned: Stack, request: Request) -> None:
    """Raise UsageError for what could not be changed once everything is ready."""
    from localenv.environment.overrides import real, scenarios

    if request.scenario:
        scenarios.check(planned, request.scenario)
    for name in (*request.reals, *request.own_reals):
        real.check(planned, name)


def _change(environment: Environment, request: Request) -> None:
    """Activate a scenario, and switch to real servers, until the environment is removed."""
    if not (request.scenario or request.reals or request.own_reals):
        return
    from localenv.environment.overrides import entries, real, scenarios

    by_command, by_settings = (entries.OverrideOwner(kind=kind) for kind in (entries.COMMAND, entries.SETTINGS))
    if request.scenario:
        scenarios.activate(environment, request.scenario, owner=by_command, seconds=None)
    known = entries.recorded(environment.identity)
    active = {one.subject for one in known if one.kind is entries.OverrideKind.REAL and not one.is_over}
    for owner, names in (by_command, request.reals), (by_settings, request.own_reals):
        for name in names if request.observe else [one for one in names if one not in active]:
            real.switch(environment, name, observe=request.observe, owner=owner)


def _urls(prepared: Prepared) -> dict[str, str]:
    """The address of everything on this machine, without passwords."""
    servers = {service.name for service in prepared.stack.of(Role.STUBS)}
    resolution = prepared.deployment.resolution
    found = {name: resolution.connection(name, Reader.MACHINE) for name in prepared.stack.ports if name not in servers}
    return {name: connection.without_password.url for name, connection in found.items()}


def plan(request: Request, *, on: Engine | None = None) -> Prepared:
    """Compute what `up` would do, without starting anything. Raises EngineError for what the engine cannot run.

    With `on`, for that engine, also while the environment runs on another one.
    """
    prepared = _plan(request, on=on)
    check(prepared)
    return prepared


def _plan(request: Request, waiting: LockWaiting | None = None, *, on: Engine | None = None) -> Prepared:
    """`waiting` is called while another process changes the environment."""
    planned = stack(request)
    name = identity(request, planned)
    with locking.lock(name, waiting):
        is_new, is_known = state.load(name) is None, name in paths.states()
        try:
            read = variables.read(request.target.repository, request.target.home)
            prepared = prepare(request, on or engine(request.engine, name).engine, planned, read)
        except BaseException:
            if not is_known:
                state.forget(name)
            raise
        if is_new and prepared.is_new:  # files written while planning are no longer needed
            state.forget(name)
        return prepared


def attach(request: Request) -> Environment:
    """The running environment of a description; raises UsageError if there is none."""
    found = look(request)
    if not found.prepared.observed.services:
        raise UsageError(f"{found.identity} is not running", hint=f"start it: {command(request, found.stack)}")
    return found


def look(request: Request) -> Environment:
    """The environment of a description as it is now, running or not; does not wait for a command that changes it.

    If the description cannot be used, the last applied stack is used, see `Environment.warning`.
    """
    try:
        planned = stack(request)
    except UsageError:  # a mistake of the caller
        raise
    except LocalenvError as error:  # an error in the description, a fragment or a stub
        return _look_as_applied(request, error)
    name = identity(request, planned)
    record = state.load(name)
    if record is None:
        started = finding.started(request)  # under the name that the description had then
        if started and started.state is not EnvironmentState.STOPPED:
            return _look_as_applied(request, UsageError(f"{shown(request.target.file)} now describes {name}"))
        try:
            prepared = _plan(request, partial(_until_recorded, name))
        except _Noted:
            return look(request)
        warning = "" if prepared.is_new else applied.recorded_elsewhere(name)
        return Environment(prepared=prepared, record=prepared.record, warning=warning, neighbours=_Neighbours())
    # the data that `up` recorded before it started anything is sufficient
    as_started = replace(request, engine=record.engine, profiles=request.profiles or record.profiles)
    if as_started.profiles != request.profiles:
        try:
            planned = stack(as_started)
        except LocalenvError as error:
            return _look_as_applied(request, error)
    then = None if record.state is EnvironmentState.STOPPED else applied.read(name)
    return _look_at(as_started, record, applied.reached(planned, then) if then else planned)


def _look_at(request: Request, record: Record, planned: Stack, warning: str = "") -> Environment:
    """The recorded environment, with the variables of the last `up`."""
    then = variables.applied(record.identity, request.target.repository, request.target.home)
    prepared = prepare(request, engine(record.engine, record.identity).engine, planned, then)
    return Environment(prepared=prepared, record=record, warning=warning, neighbours=_Neighbours())


def _look_as_applied(request: Request, error: LocalenvError) -> Environment:
    """The environment as the last `up` applied it; raises the error if nothing was applied."""
    record = finding.started(request)
    planned = applied.read(record.identity) if record else None
    if record is None or planned is None:
        raise error
    as_started = replace(request, engine=record.engine, profiles=record.profiles)
    return _look_at(as_started, record, planned, applied.warning(error))


class _Noted(Exception):  # noqa: N818 - good news
    """Another process has recorded the environment that it starts."""


def _until_recorded(name: str, seconds: float, holder: int) -> None:
    if state.load(name) is not None:
        raise _Noted
    if seconds > _LONGEST:  # it may be stopped
        raise LocalenvError(locking.holder_message(name, holder))


def _announcing(events: EventLog) -> Callable[[float, int], None]:
    """A callback that reports once which process `up` waits for."""
    is_announced = False

    def report(seconds: float, holder: int) -> None:
        nonlocal is_announced
        if seconds > _SHORT and not is_announced:
            is_announced = True
            events.emit(Phase.PLAN, "", Progress.WAITING, locking.holder_message(events.environment, holder))

    return report
