"""What answers as the real server of an upstream: a URL, a program beside the services, or another environment."""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from localenv import paths, redaction, state
from localenv.engines import Deployment, Engine
from localenv.environment import ports, variables
from localenv.environment.down import guarding
from localenv.environment.locating import DEFAULT, Target, locate
from localenv.environment.overrides import real_endings
from localenv.environment.overrides.real_endings import ENVIRONMENT, PROGRAM
from localenv.environment.request import Request
from localenv.environment.up import awaited
from localenv.errors import LocalenvError, UsageError, shown
from localenv.events import EventLog, Phase
from localenv.planner.code import Code
from localenv.resolution import env_variable
from localenv.stack import Reader, RealEnvironment, Reference, Service, Stack, Upstream, reals, templates
from localenv.stack.states import EnvironmentState, ServiceState
from localenv.state import locking

if TYPE_CHECKING:
    from localenv.environment.handle import Environment

_READY = 120.0  # seconds for a program to become ready
_KEEP = "--keep-on-failure"  # an option of `localenv up` alone

Owes = Callable[[Mapping[str, Any]], None]  # called with what has to be ended, before it is started


@dataclass(frozen=True, kw_only=True)
class RealServer:
    """A server that answers: its URL on this machine, what a person is shown, and what has to be ended with it."""

    url: str
    shown: str
    owed: Mapping[str, Any] = field(default_factory=dict)


def start(environment: "Environment", upstream: Upstream, url: str, owes: Owes) -> RealServer:
    """Start what answers, or find it running; `url` if it is not the described one. Raises LocalenvError."""
    described = upstream.real
    if url or described is None or described.url:
        address = url or (described.url if described else "")
        owes({})
        return RealServer(url=address, shown=address)
    if described.environment:
        return _in_environment(environment, described.environment, upstream.name, owes)
    assert described.service is not None
    owes({PROGRAM: reals.service_of(upstream.name)})
    return _program(environment, upstream.name, described.service)


def is_owed(values: Mapping[str, Any]) -> bool:
    """Whether the server of an override was started for it."""
    return PROGRAM in values or ENVIRONMENT in values


def value(environment: "Environment") -> "_Values":
    """The variables of this machine, for references to them."""
    target = environment.prepared.request.target
    return _Values(known=variables.read(target.repository, target.home).values)


@dataclass(frozen=True, kw_only=True)
class _Values:
    known: Mapping[str, str]

    def __call__(self, reference: Reference) -> str:
        """The value; raises UsageError for a variable that is not set."""
        found = self.known.get(reference.attribute)
        if not found and reference.default is not None:
            return reference.default
        if found is None or (not found and reference.message is not None):
            hint = reference.message or f"export {reference.attribute}=…, or put it in .env"
            raise UsageError(f"the variable {reference.attribute} is not set", hint=hint)
        if redaction.is_secret(reference.attribute):
            redaction.learn([found])
        return found


def _program(environment: "Environment", upstream: str, service: Service) -> RealServer:
    """Build and start a program in the environment, under a name that services do not know."""
    engine, identity = environment.engine, environment.identity
    deployment = _with(environment, upstream, service)
    name = reals.service_of(upstream)
    with locking.lock(identity), _reported(environment, upstream, "starting its real server") as report:
        with _named_in_errors(name, upstream):
            engine.check(deployment, [name])
        engine.write(deployment)
        engine.build(deployment, [name], report)
        engine.services.discard(identity, [name])
        try:
            with _named_in_errors(name, upstream, hint=f"correct real: of upstream '{upstream}' in the description"):
                engine.start(deployment, [name])
                one, until = deployment.stack.services[name], time.monotonic() + _READY
                awaited.wait(engine, deployment, [one], until)
        except BaseException:
            real_endings.stop(engine, identity, {PROGRAM: name})
            raise
    connection = deployment.resolution.connection(name, Reader.MACHINE)
    text = environment.deployment.resolution.text
    image = text(service.image, Reader.INSIDE) if service.image else ""
    built = service.build.context.name if service.build else ""
    return RealServer(url=f"http://{connection.address}", shown=image or built, owed={PROGRAM: name})


@contextmanager
def _named_in_errors(name: str, upstream: str, hint: str = "") -> Iterator[None]:
    """Name the upstream in errors: users do not know the name of its service."""
    try:
        yield
    except LocalenvError as error:
        error.message = error.message.replace(name, f"the real server of {upstream}")
        error.hint = hint or error.hint.replace(name, f"real: of upstream '{upstream}'")
        raise


def _with(environment: "Environment", upstream: str, service: Service) -> Deployment:
    """The deployment with this program as a further service."""
    deployment, name = environment.deployment, reals.service_of(upstream)
    assert service.port is not None
    beside = service.at.file.parent if service.at else deployment.stack.folder
    digest = Code(around=deployment.stack.folder, apart=frozenset()).read(service.build, service.native, beside)
    named = replace(service, name=name, port=replace(service.port, name=name), digest=digest)
    stack = replace(deployment.stack, services={**deployment.stack.services, name: named})
    published = {**deployment.ports, **ports.free(deployment.identity, named.ports)}
    place = environment.engine.place(stack, published, paths.secret_files(deployment.identity))
    own = value(environment)
    wanted = [one for each in templates(named) for one in each.references if one.name == "env"]
    values = {**deployment.values, **{env_variable(one): own(one) for one in wanted}}
    resolution = replace(deployment.resolution, stack=stack, place=place, value=values.__getitem__)
    return replace(deployment, stack=stack, resolution=resolution, ports=published, values=values)


def _in_environment(environment: "Environment", described: RealEnvironment, upstream: str, owes: Owes) -> RealServer:
    """A service of another environment, which is started unless it runs, and then ends with this one."""
    target = _target(environment.prepared.request.target, described.description)
    found = environment.neighbours.look(Request(target=target))
    if found.identity == environment.identity:
        raise UsageError(f"env: of upstream '{upstream}' is this environment itself", hint="name another description")
    service = _service(found.stack, described.service, upstream)
    if not _is_up(found):
        guard = guarding.pid(environment.identity)  # so that it ends with this environment
        request = Request(target=target, engine=environment.engine.name, owner=guard or None)
        owes({ENVIRONMENT: found.identity})
        with _reported(environment, upstream, f"starting {found.identity}"):
            try:
                found = environment.neighbours.up(request)
            except LocalenvError as error:
                error.hint = error.hint.replace(_KEEP, f"localenv up {shown(target.file)} {_KEEP}")
                raise
    return RealServer(url=found.url(service), shown=f"{found.identity} {service}", owed={ENVIRONMENT: found.identity})


def _is_up(found: "Environment") -> bool:
    record = state.load(found.identity)
    return bool(found.prepared.observed.services) and record is not None and record.state is EnvironmentState.READY


def _target(current: Target, described: Path | str) -> Target:
    """The description: one of this repository by its name, a file, or the default one of a folder."""
    if isinstance(described, str):
        return locate(described, current.home)
    path = Path(os.path.normpath(described))
    if not path.exists():
        raise UsageError(
            f"{shown(path)} does not exist", hint="get that repository, or correct env: in the description"
        )
    return locate(DEFAULT, path) if path.is_dir() else locate(str(path))


def _service(stack: Stack, asked: str, upstream: str) -> str:
    """The service that answers; raises UsageError."""
    known = [one.name for one in stack.services.values() if one.role == "service" and one.port]
    if asked and asked not in known:
        hint = f"available: {', '.join(known) or 'none'}"
        raise UsageError(f"{stack.name} ({stack.env}) has no service '{asked}' with a port", hint=hint)
    chosen = asked or (upstream if upstream in known else known[0] if len(known) == 1 else "")
    if not chosen:
        hint = f"add service: to its real:, one of: {', '.join(known) or 'none'}"
        raise UsageError(f"which service of {stack.name} ({stack.env}) is the real {upstream}?", hint=hint)
    return chosen


def is_running(engine: Engine, identity: str, owed: Mapping[str, Any]) -> bool:
    """Whether what was started still runs."""
    if name := owed.get(PROGRAM):
        seen = engine.observe(identity).services.get(name)
        return seen is not None and seen.state is ServiceState.RUNNING
    record = state.load(owed[ENVIRONMENT]) if ENVIRONMENT in owed else None
    return ENVIRONMENT not in owed or (record is not None and record.state is EnvironmentState.READY)


@contextmanager
def _reported(environment: "Environment", upstream: str, what: str) -> Iterator[Any]:
    """Report the start, and the output of a build."""
    events = EventLog(environment=environment.identity, listener=environment.listener)
    with events.step(Phase.START, upstream, what):
        yield lambda line: events.output(upstream, line)
