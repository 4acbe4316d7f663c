"""Everything that `up` computes before it changes anything: stack, observation, and plan."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from localenv import paths, planner, secret_files, settings, state
from localenv.data import snapshots
from localenv.description import loading
from localenv.description.files import Bounds
from localenv.description.loading import Description
from localenv.engines import Deployment, Engine, Observed
from localenv.engines.choosing import AUTO, Choice, EngineWaiting, choose
from localenv.environment import locating, losses, mounts, ownership, ports, responding
from localenv.environment.due import writers
from localenv.environment.request import Request
from localenv.environment.up import entrypoints
from localenv.environment.up.digests import digests
from localenv.environment.variables import Variables, read
from localenv.errors import DescriptionError, LocalenvError, UsageError
from localenv.host import outputs
from localenv.plan import Action, Again, Plan, Recorded, finishing, reconcile
from localenv.planner import workers
from localenv.resolution import Resolution, has_password, values
from localenv.stack import Role, Stack
from localenv.stack.states import DOWN, EnvironmentState
from localenv.state import Here, Record
from localenv.stubs import leading, sources

_PATIENCE = 120.0  # seconds for everything to become ready


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A request with its stack, observation and plan."""

    request: Request
    engine: Engine
    limits: tuple[str, ...]  # limitations of the engine for this stack
    deployment: Deployment
    observed: Observed
    record: Record
    wanted: Recorded
    plan: Plan
    returning: tuple[str, ...] = ()  # services that ran on this machine, and run in the engine from now on

    @property
    def stack(self) -> Stack:
        """The stack to run."""
        return self.deployment.stack

    @property
    def opens(self) -> list[str]:
        """Services that the request leaves out and that are not awaited on this machine yet."""
        return [name for name in dict.fromkeys(self.request.without) if name not in self.record.here]

    @property
    def is_new(self) -> bool:
        """Whether nothing of the environment exists yet."""
        return not self.observed.services


def description(request: Request) -> Description:
    """The description of a request; raises DescriptionError with every mistake."""
    target, own = request.target, settings.load()
    locating.check_is_there(target)
    return loading.load(
        target.file,
        repository=target.repository,
        profiles=request.profiles,
        check_stubs=sources.check,
        allowed_paths=own.allowed(target.repository),
        allowed_permissions=own.permitted(target.repository),
        environ=lambda: read(target.repository, target.home).values,
    )


def stack(request: Request, made: frozenset[Path] = frozenset()) -> Stack:
    """The stack of a request; raises DescriptionError with every mistake. Files that were `made` are no code."""
    target, own, described = request.target, settings.load(), description(request)
    named = state.identity(request.name or described.name, described.env, target.home)
    planned = planner.plan(described, profiles=request.profiles, made=_made(named) | made)
    planned = workers.per_worker(planned, request.workers)
    planned = replace(planned, name=request.name) if request.name else planned
    known = (*planned.services, *planned.upstreams, *own.callable(target.repository))
    upstreams = {name: leading.looked_at(one, known) for name, one in planned.upstreams.items()}
    planned = replace(planned, upstreams=upstreams, hosts=own.callable(target.repository))
    if paths.overlays(target.repository).is_dir():
        from localenv.environment import overlays  # imports Jinja2, needed here only for repositories with templates

        return overlays.applied(planned, bounds(request))
    return replace(planned, leads=mounts.checked(planned, bounds(request)))


def _made(name: str) -> frozenset[Path]:
    """The files that jobs and steps of `native.setup` have made in folders of code."""
    return frozenset(one for record in paths.outputs(name) for one in outputs.unchanged(record))


def bounds(request: Request) -> Bounds:
    """The user's permissions for the repository of a request."""
    repository, own = request.target.repository, settings.load()
    return Bounds(repository=repository, allowed=own.allowed(repository), permissions=own.permitted(repository))


def identity(request: Request, planned: Stack) -> str:
    """The identity of the environment."""
    return state.identity(planned.name, planned.env, request.target.home)


def prepare(
    request: Request,
    engine: Engine,
    planned: Stack,
    variables: Variables,
    owe: Callable[[Observed], object] | None = None,
) -> Prepared:
    """Observe and plan, without starting anything. The caller holds the environment's lock.

    `owe`, of an `up`, is called with what exists, before the first file is written that has to be removed later. An
    `up` also gives another port to what does not run, if a program took it.
    """
    _check_without(request, planned)
    name, fitted = identity(request, planned), engine.fit(planned)
    if owe and fitted.made - _made(name):  # for an environment that was there before
        fitted = engine.fit(stack(request, fitted.made))
    planned = fitted.stack
    observed = engine.observe(name)
    if owe:
        owe(observed)
    record = state.load(name) or _fresh(request, planned, name, engine)
    idle = _idle(planned, observed, record) if owe and not fitted.keeps_ports else set()
    wanted_ports = (*planned.ports.values(), *responding.ports(planned))
    used = {port.name for port in wanted_ports if observed.services and port.name not in idle}
    published = ports.reserve(name, wanted_ports, record.ports, used)
    again = Again.EVERYTHING if request.fresh else Again.BUILDS if request.build else None
    deployment = replace(deploy(name, planned, engine, published, variables), rebuild=time.time() if again else 0)
    wanted = _wanted(deployment, engine)
    recorded = _recorded(deployment, record, observed)
    here = _here(request, planned, record) if observed.services else {}
    return Prepared(
        request=request,
        engine=engine,
        limits=(*fitted.limits, *(() if engine.copies else entrypoints.left_out(planned))),
        deployment=deployment,
        observed=observed,
        record=_updated(record, request, engine, deployment).but(here=here),
        returning=tuple(name for name in record.here if name not in here),
        wanted=wanted,
        plan=reconcile(
            planned, wanted, observed, recorded, holds=fitted.holds, again=again, elsewhere={*here, *request.without}
        ),
    )


def _idle(planned: Stack, observed: Observed, record: Record) -> set[str]:
    """The ports of services that do not run, neither in the engine nor on this machine."""
    running = {name for name, one in observed.services.items() if one.state not in DOWN}
    stopped = [one for name, one in planned.services.items() if name not in running | {*record.here}]
    return {port.name for one in stopped for port in one.ports}


def _check_without(request: Request, planned: Stack) -> None:
    known = [one.name for one in planned.of(Role.SERVICE)]
    for name in request.without:
        if name not in known:
            raise UsageError(f"unknown service '{name}'", hint=f"available: {', '.join(known) or 'none'}")


def check(prepared: Prepared) -> None:
    """Raise EngineError for the first service to be started that the engine cannot run."""
    prepared.engine.check(prepared.deployment, prepared.plan.of(Action.START, Action.REPLACE))


def deploy(name: str, planned: Stack, engine: Engine, published: Mapping[str, int], variables: Variables) -> Deployment:
    """The stack with passwords, variables and ports; raises DescriptionError for a variable that is not set."""
    passwords = state.passwords(name, passwords_wanted(planned))
    try:
        texts = values(planned, passwords=passwords, environ=variables.values)
    except DescriptionError as error:
        raise DescriptionError([*error.problems, *variables.problems]) from None
    place = engine.place(planned, published, paths.secret_files(name))
    resolution = Resolution(stack=planned, place=place, value=texts.__getitem__)
    texts |= resolution.described_passwords()
    generated = secret_files.kept(name, planned)
    texts |= secret_files.values(planned, generated)
    return Deployment(
        identity=name,
        stack=planned,
        resolution=resolution,
        values=texts,
        ports=published,
        files=secret_files.contents(resolution, variables.values, generated),
        folder=paths.rendered(name),
    )


def engine(asked: str | None, name: str, waiting: EngineWaiting = lambda _: None) -> Choice:
    """Choose the engine of an environment, with the reason; raises UsageError and EngineError, see `choose`."""
    record = state.load(name)
    if record and record.state is not EnvironmentState.STOPPED:
        return choose(asked or AUTO, record.engine, record.endpoint)
    own = None if asked else settings.load().engine
    return _chosen(own) if own else choose(asked or AUTO, waiting=waiting)


def _chosen(own: str) -> Choice:
    """The engine from the user's settings."""
    where = f"set in {paths.config()}"
    try:
        return replace(choose(own), reason=f"using engine {own}, {where}")
    except LocalenvError as error:
        error.add_note(where)
        raise


def patience(request: Request) -> float:
    """Seconds for everything to become ready."""
    return request.timeout or settings.load().timeout or _PATIENCE


def passwords_wanted(planned: Stack) -> list[str]:
    """Names that get a random password: needs without one in the description, and stub servers."""
    wanting = [name for name, need in planned.needs.items() if need.password is None and has_password(need)]
    return wanting + [service.name for service in planned.of(Role.STUBS)]


def _wanted(deployment: Deployment, engine: Engine) -> Recorded:
    images = engine.images
    if images is None:
        return digests(deployment)
    return digests(deployment, images.inputs(deployment), images.due(deployment), images.named(deployment))


def _recorded(deployment: Deployment, record: Record, observed: Observed) -> Recorded:
    """What the plan compares with: what was started and done, and what has been lost since."""
    return Recorded(
        components=record.components,
        jobs=record.jobs,
        builds=record.builds,
        smoke=record.smoke,
        unready=frozenset(record.unready),
        lost=losses.lost(deployment, record, observed),
        snapshots=snapshots.found(paths.snapshots(deployment.identity)),
        writers=writers(deployment.identity),
    )


def _updated(record: Record, request: Request, engine: Engine, deployment: Deployment) -> Record:
    planned = deployment.stack
    return record.but(
        ports=deployment.ports,
        engine=engine.name,
        endpoint=engine.endpoint,
        profiles=request.profiles,
        services=tuple(planned.services),
        finishing=tuple(sorted(finishing(planned))),
        keeps=_kept(planned),
    )


def _kept(planned: Stack) -> tuple[str, ...]:
    return tuple(name for name, need in planned.needs.items() if need.keep)


def _here(request: Request, planned: Stack, record: Record) -> dict[str, Here]:
    """Services that stay on this machine: their command runs, or the request leaves them out."""
    known = {name: one for name, one in record.here.items() if name in planned.services}
    return {name: one for name, one in known.items() if name in request.without or ownership.is_alive(one.owner)}


def _fresh(request: Request, planned: Stack, name: str, engine: Engine) -> Record:
    return Record(
        identity=name,
        name=planned.name,
        env=planned.env,
        folder=str(request.target.repository),
        description=str(request.target.file),
        engine=engine.name,
        is_named=request.name is not None,
    )
