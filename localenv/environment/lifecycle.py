"""Bring an environment up from its description, and inspect it."""

import contextlib
import shlex
import time
from collections.abc import Callable, Iterator
from concurrent.futures import wait
from contextlib import suppress
from dataclasses import replace
from functools import partial

from localenv import paths, settings, state
from localenv.environment import applied, finding, kept_overrides, ownership, responding, variables
from localenv.environment.down import guarding, removing
from localenv.environment.handle import Environment
from localenv.environment.request import Request
from localenv.environment.up.preparing import Prepared, check, engine, identity, prepare, stack
from localenv.environment.up.recording import Recorder
from localenv.environment.up.starting import Start
from localenv.errors import Interrupted, JobError, LocalenvError, UsageError
from localenv.events import EventLog, Listener, Phase, Progress, ignore
from localenv.host.background import in_background
from localenv.host.locks import Waiting
from localenv.stack import Reader, Role, Stack
from localenv.stack.states import EnvironmentState
from localenv.state import Record
from localenv.stubs import sources

_SHORT = 1.0  # seconds; shorter waits are not reported
_LONGEST = 15.0  # seconds that a command which only looks waits for one that has recorded nothing yet


def up(request: Request, listener: Listener = ignore) -> Environment:
    """Bring an environment up, or update a running one; returns when everything is ready.

    The environment belongs to the first living process that brings it up; see `leave`. On failure, everything that this
    call started is removed, unless the request keeps it. Raises LocalenvError.
    """
    planned = stack(request)
    request = _with_own_reals(request, planned)
    if request.scenario or request.reals:
        _check_changes(planned, request)
    name = identity(request, planned)
    events = EventLog(environment=name, listener=listener)
    while True:
        guarding.await_removal(name)
        with suppress(guarding.Ending), state.lock(name, _announcing(events)):
            return _up(request, planned, events)


class _Neighbours:
    """Other environments, for an environment whose upstreams they answer."""

    def look(self, request: Request) -> Environment:
        return look(request)

    def up(self, request: Request) -> Environment:
        return up(request)


def _with_own_reals(request: Request, planned: Stack) -> Request:
    """The request with upstreams that the user's own settings make real; those that it has no more are left out."""
    own = [name for name in settings.load().real(request.target.repository) if name in planned.upstreams]
    return replace(request, reals=tuple(dict.fromkeys((*request.reals, *own)))) if own else request


def _up(request: Request, planned: Stack, events: EventLog) -> Environment:
    """Requires the lock; raises Ending if the guard removes the environment."""
    name = events.environment
    choice = engine(request.engine, name, lambda text: events.emit(Phase.PLAN, "", Progress.WORKING, text))
    before = state.load(name)
    owner = ownership.claim(request, before)
    guarded = in_background(lambda: guarding.begin(name, owner))  # takes as long as observing
    try:
        read = variables.read(request.target.repository)
        prepared = prepare(request, choice.engine, planned, read, guarded.result)
        check(prepared)
    except guarding.Ending:
        raise
    except BaseException:
        wait([guarded])
        ownership.return_claim(name, before)
        raise
    if choice.reason:
        events.emit(Phase.PLAN, "", Progress.DONE, choice.reason)
    for note in (*prepared.limits, *_warnings(prepared.stack)):
        events.emit(Phase.PLAN, "", Progress.DONE, note)
    began = time.monotonic()
    recorder = Recorder(record=prepared.record.but(owner=owner, lease=None))
    start = Start(prepared=prepared, events=events, recorder=recorder)
    if not (prepared.plan or prepared.opens):
        events.emit(Phase.PLAN, "", Progress.UNCHANGED, "nothing changed")
    with _rolled_back(prepared, start, before):
        variables.record(name, prepared.stack, read)
        if prepared.plan or not paths.stack(name).exists():
            applied.record(name, planned)
        if prepared.plan or prepared.opens:
            start.run()
        record = ownership.keep_claim(
            request, start.record.but(state=EnvironmentState.READY, detail="", stopped={}), before
        )
        if record != before:
            state.save(record)
        kept_overrides.watch(name)
        responding.start(prepared.engine, prepared.deployment)
        events.emit(Phase.READY, "", Progress.DONE, start.critical_path(), time.monotonic() - began, _urls(prepared))
        environment = Environment(
            prepared=prepared,
            record=record,
            critical_path=start.critical_path(),
            listener=events.listener,
            neighbours=_Neighbours(),
        )
        _revive(environment, events)
        _change(environment, request)
    return environment


def _revive(environment: Environment, events: EventLog) -> None:
    """Start again what overrides need and no longer runs."""
    if not paths.overrides(environment.identity).exists():
        return
    from localenv.environment import reviving  # most environments have no overrides

    for problem in reviving.revive(environment):
        events.emit(Phase.PLAN, "", Progress.DONE, problem)


def _check_changes(planned: Stack, request: Request) -> None:
    """Raise UsageError for what could not be changed once everything is ready."""
    from localenv.environment import real, scenarios  # most starts change nothing

    if request.scenario:
        scenarios.check(planned, request.scenario)
    for name in request.reals:
        real.check(planned, name)


def _change(environment: Environment, request: Request) -> None:
    """Lay a scenario, and switch to real servers, for as long as the environment is there."""
    if not (request.scenario or request.reals):
        return
    from localenv.environment import overrides, real, scenarios

    owner = overrides.OverrideOwner(kind=overrides.COMMAND)
    if request.scenario:
        scenarios.lay(environment, request.scenario, owner=owner, seconds=None)
    known = overrides.recorded(environment.identity)
    reals = {one.subject for one in known if one.kind is overrides.OverrideKind.REAL and not one.is_over}
    for name in request.reals if request.observe else [one for one in request.reals if one not in reals]:
        real.switch(environment, name, observe=request.observe, owner=owner)


def _warnings(stack: Stack) -> Iterator[str]:
    """A line for each upstream whose contract is not served in full."""
    for upstream in stack.upstreams.values():
        if found := [one for source in upstream.sources for one in sources.warnings(source)]:
            more = f"; and {len(found) - 1} more, see localenv check" if len(found) > 1 else ""
            yield f"{upstream.name}: {found[0]}{more}".replace("\n    ", "; ")


def _urls(prepared: Prepared) -> dict[str, str]:
    """The address of everything on this machine, without passwords."""
    servers = {service.name for service in prepared.stack.of(Role.STUBS)}
    resolution = prepared.deployment.resolution
    found = {name: resolution.connection(name, Reader.MACHINE) for name in prepared.stack.ports if name not in servers}
    return {name: connection.without_password.url for name, connection in found.items()}


def plan(request: Request) -> Prepared:
    """Compute what `up` would do, without starting anything. Raises EngineError for what the engine cannot run."""
    prepared = _plan(request)
    check(prepared)
    return prepared


def _plan(request: Request, waiting: Waiting | None = None) -> Prepared:
    """`waiting` is called while another process changes the environment."""
    planned = stack(request)
    name = identity(request, planned)
    with state.lock(name, waiting):
        is_new, is_known = state.load(name) is None, name in paths.states()
        try:
            read = variables.read(request.target.repository)
            prepared = prepare(request, engine(request.engine, name).engine, planned, read)
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
        raise UsageError(f"{found.identity} is not running", hint=f"start it: {_command(request, found.stack)}")
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
        try:
            prepared = _plan(request, partial(_until_recorded, name))
        except _Noted:
            return look(request)
        return Environment(prepared=prepared, record=prepared.record, neighbours=_Neighbours())
    # the data that `up` recorded before it started anything is sufficient
    as_started = replace(request, engine=record.engine, profiles=request.profiles or record.profiles)
    if as_started.profiles != request.profiles:
        try:
            planned = stack(as_started)
        except LocalenvError as error:
            return _look_as_applied(request, error)
    return _look_at(as_started, record, planned)


def _look_at(request: Request, record: Record, planned: Stack, warning: str = "") -> Environment:
    """The recorded environment, with the variables of the last `up`."""
    then = variables.applied(record.identity, request.target.repository)
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
        raise LocalenvError(state.holder_message(name, holder))


@contextlib.contextmanager
def _rolled_back(prepared: Prepared, start: Start, before: Record | None) -> Iterator[None]:
    """Roll back a start that fails; an error during clean-up never hides the first error."""
    try:
        yield
    except BaseException as error:
        name, interrupted = start.record.identity, isinstance(error, KeyboardInterrupt)
        if interrupted or isinstance(error, LocalenvError):
            reason = error.message if isinstance(error, LocalenvError) else "interrupted"
            with suppress(OSError):  # the listener has gone
                start.events.emit(Phase.READY, "", Progress.FAILED, reason)
        start.close()  # threads that still run must not record anything
        if guarding.is_ending(name):
            raise _ended(start.record) from error
        if not prepared.is_new or (prepared.request.keep_on_failure and not interrupted):
            _kept(prepared, start.record, before, error)
        else:
            removing.clean_up(prepared.engine, start.record, start.events, error)
        if interrupted:
            left = "everything removed" if prepared.is_new else "still up, partly updated"
            by = " by `localenv down`" if removing.is_asked_for(name) else ""
            raise Interrupted(f"interrupted{by}; {left}") from None
        raise


def _kept(prepared: Prepared, record: Record, before: Record | None, error: BaseException) -> None:
    """Keep what runs, with its previous owner; a new environment has no owner."""
    guarding.end_strays(record.identity)
    if prepared.is_new:
        with suppress(guarding.Ending):
            guarding.adopt(record.identity, None)
    else:
        ownership.return_claim(record.identity, before)
    owner, lease = (before.owner, before.lease) if before and not prepared.is_new else (None, None)
    with suppress(OSError):
        detail = str(error).partition("\n")[0]
        state.save(record.but(state=EnvironmentState.FAILED, detail=detail, owner=owner, lease=lease))
    if isinstance(error, LocalenvError):
        more = f"; {error.hint}" if error.hint and isinstance(error, JobError) and not prepared.is_new else ""
        error.hint = f"to retry from the failed step: {_again(prepared)}{more}"


def _ended(record: Record) -> LocalenvError:
    whose = f"its owner (process {record.owner.pid}) has exited" if record.owner else "its lease has expired"
    return LocalenvError(f"{record.identity} is being removed: {whose}", hint="start it again: localenv up")


def _announcing(events: EventLog) -> Callable[[float, int], None]:
    """A callback that reports once which process `up` waits for."""
    is_announced = False

    def tell(seconds: float, holder: int) -> None:
        nonlocal is_announced
        if seconds > _SHORT and not is_announced:
            is_announced = True
            events.emit(Phase.PLAN, "", Progress.WAITING, state.holder_message(events.environment, holder))

    return tell


def _again(prepared: Prepared) -> str:
    """The command that continues a failed start."""
    detach = " --detach" if prepared.request.detach else ""
    return f"{_command(prepared.request, prepared.stack)} --keep-on-failure{detach}"


def _command(request: Request, planned: Stack) -> str:
    """The `up` command line of a request."""
    words = ["localenv", "up", planned.env, *(["--name", request.name] if request.name else [])]
    return shlex.join([*words, *(word for profile in request.profiles for word in ("--profile", profile))])
