"""The status document of an environment: what runs, what is real and what is a stub."""

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from localenv import state
from localenv.engines import Deployment, Engine, Observed
from localenv.environment import deaths, leases, losses, ownership, stub_losses, stub_traffic
from localenv.environment.deaths import detail_of
from localenv.environment.down import guarding
from localenv.environment.here import places
from localenv.environment.overrides import observed as observed_stubs
from localenv.environment.stub_traffic import StubTraffic
from localenv.host import listening
from localenv.needs.versions import differs
from localenv.stack import Reader, Role, Service, Upstream
from localenv.stack.states import EnvironmentState, ServiceState
from localenv.state import Here, Record, Stop
from localenv.stubs import server, sources

if TYPE_CHECKING:
    from localenv.environment.handle import Environment
    from localenv.environment.overrides.entries import Override

_MOST_HOSTS = 5  # Host headers to list
_SHOWN = (Role.SERVICE, Role.NEED)


@dataclass(frozen=True, kw_only=True)
class Line:
    """One service, need or upstream; addresses as seen from this machine."""

    name: str
    role: Role
    state: ServiceState
    url: str | None = None
    host: str | None = None
    port: int | None = None
    ports: Mapping[str, str] = field(default_factory=dict)  # URLs of further ports by name
    answered_by: str = "real"
    sources: tuple[str, ...] = ()  # of the stubs: folders and files
    version: str | None = None
    running_version: str | None = None  # if the engine knows it
    version_differs: bool = False  # a different major version, or a different server, than requested
    exposed: bool = False  # reachable from other machines: listens on more than the loopback interface
    requests: int | None = None
    unmatched: int | None = None
    violating: int | None = None  # exchanges that its contract does not allow, if it has one
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class Status:
    """The status of an environment at one moment."""

    environment: str
    engine: str
    state: EnvironmentState
    services: tuple[Line, ...] = ()
    overrides: tuple["Override", ...] = ()  # what differs from the description now
    detail: str = ""

    def document(self) -> dict[str, Any]:
        """As `status --json` prints it: `{environment, engine, state, services, detail}`, and `overrides` if any."""
        document = asdict(replace(self, overrides=()))
        del document["overrides"]
        for line in document["services"]:
            if line["violating"] is None:  # without a contract
                del line["violating"]
        return document | ({"overrides": [one.summary() for one in self.overrides]} if self.overrides else {})


def of(environment: "Environment", *, secrets: bool, counts: bool) -> Status:
    """Observe everything of an environment once, see `status`."""
    record = state.load(environment.identity) or environment.record.but(state=EnvironmentState.STOPPED)
    seen = environment.engine.observe(environment.identity)
    return status(environment.engine, environment.deployment, record, seen, secrets=secrets, counts=counts)


def status(
    engine: Engine, deployment: Deployment, record: Record, observed: Observed, *, secrets: bool, counts: bool
) -> Status:
    """Observe everything once; `secrets`: show passwords in URLs, `counts`: query the stub servers for counts."""
    stack = deployment.stack
    traffic = stub_traffic.ask(deployment, observed) if counts else stub_traffic.recorded(deployment)
    stopped = {name: stop for name, seen in observed.services.items() if (stop := deaths.stop_of(record, name, seen))}
    lines = [_service(deployment, service, observed, record, secrets=secrets) for service in stack.of(*_SHOWN)]
    lines += [_upstream(deployment, one, observed, traffic) for one in stack.upstreams.values()]
    servers = {one.name: one.server for one in stack.upstreams.values()}
    lines = [_as_meant(line, stopped.get(servers.get(line.name, line.name))) for line in lines]
    lines = [_failing(line, traffic) if line.role is Role.NEED else line for line in lines]
    found = now(record, observed, losses.lost(deployment, record, observed))
    details = [found.detail, kept(found)] if observed.services else [found.detail]
    return Status(
        environment=record.identity,
        engine=engine.name,
        state=found.state,
        services=tuple(lines),
        overrides=tuple(traffic.overrides),
        detail="; ".join(filter(None, details)),
    )


def now(record: Record, observed: Observed, lost: Mapping[str, str] | None = None) -> Record:
    """The record with the current state and detail; a service that was ready and no longer runs is a failure.

    An environment without services counts as starting or stopping only while a command works on it.
    """
    if record.state is EnvironmentState.STARTING and _is_left(record):
        record = record.but(state=EnvironmentState.STOPPING, lease=None, owner=None)
    if not observed.services:
        if record.state not in (EnvironmentState.STARTING, EnvironmentState.STOPPING):
            return record.but(state=EnvironmentState.STOPPED)
        is_worked_on = ownership.is_alive(record.owner) or guarding.is_ending(record.identity)
        return record if is_worked_on else record.but(state=EnvironmentState.STOPPED, detail="")
    bad = {**dict(deaths.ended(record, observed)), **(lost or {})} if record.state is EnvironmentState.READY else {}
    ended = [f"{name} {why}" for name, why in bad.items()]
    if ended and guarding.is_ending(record.identity):  # its owner died, or its lease ended
        return record.but(state=EnvironmentState.STOPPING, lease=None, owner=None)
    return (
        record.but(state=EnvironmentState.FAILED, detail="; ".join(filter(None, (record.detail, *ended))))
        if ended
        else record
    )


def _is_left(record: Record) -> bool:
    """Whether its guard removes it because its owner was killed."""
    return not ownership.is_alive(record.owner) and guarding.is_ending(record.identity)


def kept(record: Record) -> str:
    """When an environment is removed; empty if it stays until localenv down."""
    left = leases.left(record)
    if left is not None:
        return f"removed in {duration(left)}"
    if record.owner is None or not ownership.is_alive(record.owner):
        return ""
    owner = "localenv up" if record.owner.is_command else "owner"
    return f"removed when its {owner} (pid {record.owner.pid}) exits"


def duration(seconds: float) -> str:
    """`40 s`, `12 min`, `1 h 59 min`, `3 d 2 h`."""
    if round(seconds) < 100:
        return f"{round(seconds)} s"
    minutes = round(seconds / 60)
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{minutes} min"
    return f"{hours} h {rest} min" if hours < 48 else f"{hours // 24} d {hours % 24} h"


def _service(deployment: Deployment, service: Service, observed: Observed, record: Record, *, secrets: bool) -> Line:
    if service.name in record.here and observed.services:
        return _here(deployment, service, record.here[service.name], secrets=secrets)
    seen = observed.services.get(service.name)
    need = deployment.stack.needs.get(service.name)
    asked, running = need.version if need else None, (seen.version or None) if seen else None
    return Line(
        name=service.name,
        role=service.role,
        state=seen.state if seen else ServiceState.STOPPED,
        version=asked,
        running_version=running,
        version_differs=differs(asked or "", running or ""),
        detail=detail_of(seen),
        ports=_further(deployment, service) if seen else {},
        exposed=seen is not None and any(listening.is_exposed(*at) for at in _own_ports(deployment, service)),
        **(_reached(deployment, service.name, secrets=secrets) if service.port and seen else {}),
    )


def _here(deployment: Deployment, service: Service, here: Here, *, secrets: bool) -> Line:
    """A service that runs on this machine: whether it answers, and what to do if it does not."""
    return Line(
        name=service.name,
        role=service.role,
        state=ServiceState.ON_THIS_MACHINE,
        detail=places.described(service, here),
        ports=_further(deployment, service),
        **(_reached(deployment, service.name, secrets=secrets) if service.port else {}),
    )


def _as_meant(line: Line, stop: Stop | None) -> Line:
    """The line of what was stopped or paused on purpose says so, and by whom."""
    if stop is None:
        return line
    state = ServiceState.STOPPED if stop.state is ServiceState.EXITED else stop.state
    return replace(line, state=state, detail=f"by {stop.by}, {duration(max(time.time() - stop.time, 0))} ago")


def _failing(line: Line, traffic: StubTraffic) -> Line:
    """The line of a need with the failures that were added to it."""
    return replace(line, detail="; ".join(filter(None, (_overridden(traffic.on(line.name)), line.detail))))


def _overridden(active: Iterable["Override"]) -> str:
    """The overrides of an upstream or need, in a line."""
    found = ", ".join(f"{one.title} ({one.id})" for one in active)
    return f"overrides: {found}" if found else ""


def _further(deployment: Deployment, service: Service) -> dict[str, str]:
    """The URLs of the further ports of a service or need, without those of needs that share its server."""
    if service.role not in (Role.SERVICE, Role.NEED):
        return {}
    connection, needs = deployment.resolution.connection, deployment.stack.needs
    own = [port.name for port in service.extra_ports if port.name not in needs]
    return {name.removeprefix(f"{service.name}."): connection(name, Reader.MACHINE).url for name in own}


def _own_ports(deployment: Deployment, service: Service) -> Iterator[tuple[int, str]]:
    """Ports of this machine on which the service, or a proxy for it, listens, and their addresses."""
    for name in {port.name for port in service.ports} & deployment.ports.keys():
        reached = deployment.resolution.connection(name, Reader.MACHINE)
        yield int(reached.port), reached.host


def _upstream(deployment: Deployment, upstream: Upstream, observed: Observed, traffic: StubTraffic) -> Line:
    name, seen, active = upstream.name, observed.services.get(upstream.server), traffic.on(upstream.name)
    is_real = any(one.kind == "real" for one in active)
    counts = traffic.counts.get(name)
    details = (
        _overridden(active),
        *(f"stale stub: {one}" for one in observed_stubs.stale(deployment.identity, name)),
        _proxied(upstream),
        _taken_in(traffic.strangers.get(name, ())),
        stub_losses.losses(deployment.identity, upstream.server),
        seen.detail if seen else "",
    )
    return Line(
        name=name,
        role=Role.UPSTREAM,
        state=seen.state if seen else ServiceState.STOPPED,
        answered_by="real" if is_real else "stub",
        sources=() if is_real else tuple(map(sources.origin, upstream.sources)),
        version=server.VERSION,
        running_version=(seen.version or None) if seen else None,
        detail="; ".join(filter(None, details)),
        requests=counts[0] if counts else None,
        unmatched=counts[1] if counts else None,
        violating=traffic.violating.get(name),
        **(_reached(deployment, name, secrets=False) if seen else {}),
    )


def _proxied(upstream: Upstream) -> str:
    return f"some requests are proxied to {', '.join(upstream.proxies)}" if upstream.proxies else ""


def _taken_in(hosts: Iterable[str]) -> str:
    """A note about requests that reached an upstream although their Host header names another host."""
    named = sorted(filter(None, hosts))
    asked = f"with Host {', '.join(named[:_MOST_HOSTS])}" if named else "without a Host header" if hosts else ""
    return f"also answered requests {asked}{', …' if len(named) > _MOST_HOSTS else ''}" if asked else ""


def _reached(deployment: Deployment, name: str, *, secrets: bool) -> dict[str, Any]:
    connection = deployment.resolution.connection(name, Reader.MACHINE)
    url = connection.url if secrets or not connection.password else connection.without_password.url
    return {"url": url, "host": connection.host, "port": int(connection.port)}
