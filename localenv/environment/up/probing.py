"""Ready means working: each service is asked from this machine, in its own language, until it answers."""

import http.client
import socket
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass, field
from math import inf
from threading import Event as Flag
from threading import Lock

from localenv import process
from localenv.engines import Deployment, Engine, Observed, Seen
from localenv.environment import stubbing
from localenv.environment.log_errors import error_line
from localenv.environment.up.clock import Clock
from localenv.errors import LocalenvError, NotReadyError
from localenv.host import limits
from localenv.needs import NotYet
from localenv.needs.kinds import KINDS
from localenv.stack import Probe, ProbeKind, Reader, Service
from localenv.stack.states import ServiceState
from localenv.stubs import StubsNotReady, readiness

_PAUSE, _LONGEST_PAUSE = 0.03, 0.5  # seconds between two questions
_PATIENT = 40  # what takes long is asked less often: each question may stand in its log
_LOOK = 0.25  # seconds between two looks at the engine
_ANSWER = 2.0  # seconds one HTTP answer may take
_CHECK = 30.0  # seconds a command that checks may take, as Docker's own
_TCP_STEADY = 0.3  # Docker's proxy accepts before the program listens, and then closes
_EXITED = "exited with code"
_CRASHES = 3
_TAIL = 20
_KILLED = 137


@dataclass(kw_only=True)
class Watch:
    """The engine's view, shared by all who wait so that it is asked only a few times a second."""

    engine: Engine
    identity: str
    clock: Clock = field(default_factory=Clock)
    _seen: Observed = field(default_factory=Observed)
    _looked: float | None = None
    _lock: Lock = field(default_factory=Lock)

    def look(self, name: str, since: float = -inf) -> Seen | None:
        """What the engine sees of a service, at most a quarter of a second old; from `since` on as it was then."""
        with self._lock:
            now = self.clock.now()
            if self._looked is None or now - self._looked > _LOOK or self._looked < since <= now:
                self._seen = self.engine.observe(self.identity, closely=True)
                self._looked = now
            return self._seen.services.get(name)


def wait(
    engine: Engine,
    deployment: Deployment,
    services: Sequence[Service],
    deadline: float,
    ready: Callable[[str, float], None],
    *,
    finishing: frozenset[str] = frozenset(),
    stop: Flag | None = None,
    clock: Clock | None = None,
) -> None:
    """Return when all work; `deadline` in the clock's seconds. Those in `finishing` are ready when they exited with 0.

    Once `stop` is set nobody waits any more: it returns, and tells of none.
    Raises NotReadyError for the first that cannot become ready, with its reason and the end of its log.
    """
    if not services:
        return
    watch = Watch(engine=engine, identity=deployment.identity, clock=clock or Clock())
    stops = (Flag(), stop or Flag())
    with ThreadPoolExecutor(max_workers=len(services)) as pool:
        waits = {}
        for one in services:
            ends = one.name in finishing
            waits[pool.submit(_wait, watch, deployment, one, deadline, stops, finishing=ends)] = one.name
        try:
            for done in as_completed(waits):
                if (seconds := done.result()) is not None:
                    ready(waits[done], seconds)
        finally:
            stops[0].set()


def _wait(
    watch: Watch, deployment: Deployment, service: Service, deadline: float, stops: Sequence[Flag], *, finishing: bool
) -> float | None:
    """Seconds until it was ready; None where nobody waits for that any more."""
    clock = watch.clock
    began = clock.now()
    deadline = min(deadline, began + (service.probe.timeout or (deadline - began)))
    steady, was_there = Steady(needed=watch.engine.steady, since=began), False  # the engine has started it before
    while not any(stop.is_set() for stop in stops):
        now = clock.now()
        seen = watch.look(service.name, steady.until if service.probe.kind is ProbeKind.ALIVE else -inf)
        if finishing and seen and seen.condition is ServiceState.EXITED and seen.exit_code == 0:
            return clock.now() - began
        if why := failure(seen, was_there=was_there):
            raise not_ready(watch.engine, watch.identity, service, why)
        was_there = was_there or seen is not None
        answered = (
            "it is still running" if finishing else _answered(watch.engine, deployment, service, seen, steady, now)
        )
        if answered is None:
            return clock.now() - began
        if clock.now() >= deadline:
            raise not_ready(
                watch.engine, watch.identity, service, f"is not ready after {deadline - began:.0f} s: {answered}"
            )
        clock.pause(min(max((clock.now() - began) / _PATIENT, _PAUSE), _LONGEST_PAUSE), stops[0])
    return None


@dataclass(kw_only=True)
class Steady:
    """Since when something has stayed up; None while it does not."""

    needed: float  # seconds
    since: float | None = None

    @property
    def until(self) -> float:
        """The moment from which on it has stayed up for long enough; a look from before says nothing of it."""
        return inf if self.since is None else self.since + self.needed

    def answer(self, seen: Seen | None, now: float) -> str | None:
        """None once it has stayed up for as long as it has to."""
        if seen is None or seen.condition is not ServiceState.RUNNING or seen.restarts:
            self.since = None
            return "it does not stay up"
        self.since = now if self.since is None else self.since
        return None if now >= self.until else "it has only just started"


def _answered(
    engine: Engine, deployment: Deployment, service: Service, seen: Seen | None, steady: Steady, now: float
) -> str | None:
    """None where it works, else why not."""
    if service.probe.kind is ProbeKind.ALIVE:
        return steady.answer(seen, now)
    return answer(engine, deployment, service)


def answer(engine: Engine, deployment: Deployment, service: Service) -> str | None:
    """Ask a service once: None where it works, else why not."""
    try:
        _PROBES[service.probe.kind](engine, deployment, service)
    except (NotYet, StubsNotReady) as not_yet:
        return str(not_yet)
    return None


def failure(seen: Seen | None, *, was_there: bool) -> str:
    """What ended the wait, as a predicate of the service; empty if it may still become ready."""
    if seen is None:
        return "was removed by another process" if was_there else ""
    if seen.out_of_memory:
        return "was killed: it exceeded its memory limit"
    if seen.restarts >= _CRASHES:
        return "keeps crashing" + (f" (exit code {seen.exit_code})" if seen.exit_code else "")
    if seen.condition is ServiceState.EXITED:
        killed = " (killed)" if seen.exit_code == _KILLED else ""
        return f"cannot run: {seen.error}" if seen.error else f"{_EXITED} {seen.exit_code}{killed}"
    return ""


def not_ready(engine: Engine, identity: str, service: Service, reason: str) -> NotReadyError:
    """The failure of a service with the end of its log; `reason` is a predicate."""
    log: list[str] = []
    with suppress(LocalenvError):  # a removed service has no log
        log += (line.text for line in engine.logs(identity, [service.name], tail=_TAIL, follow=False))
    if reason.startswith(_EXITED) and (line := error_line(log)):
        reason += f": {line}"
    return NotReadyError(
        f"{service.name} {reason}",
        log=log[-_TAIL:],
        hint=f"keep everything up with --keep-on-failure, then: localenv logs {service.name}",
    )


def _http(engine: Engine, deployment: Deployment, service: Service) -> None:
    connection = deployment.resolution.connection(service.name, Reader.MACHINE)
    probe = service.probe
    asked = limits.LimitedConnection(connection.host, int(connection.port), timeout=_ANSWER)
    asked.limit = _ANSWER
    try:
        asked.request("GET", probe.path, headers={"Host": probe.host} if probe.host else {})
        status = asked.getresponse().status
    except TimeoutError as error:
        raise NotYet(f"GET {probe.path} timed out after {_ANSWER:.0f} s") from error
    except (OSError, ValueError, http.client.HTTPException) as error:
        if asked.has_hung_up:
            raise NotYet(f"GET {probe.path} timed out after {_ANSWER:.0f} s") from error
        raise NotYet(f"GET {probe.path} failed ({error or type(error).__name__}){_to(deployment, service)}") from error
    finally:
        asked.end()
        asked.close()
    if not _is_accepted(probe, status):
        raise NotYet(f"GET {probe.path} returned {status}")


def _is_accepted(probe: Probe, status: int) -> bool:
    if probe.status:
        return status in probe.status
    return not probe.any_success or http.client.OK <= status < http.client.MULTIPLE_CHOICES


def _tcp(engine: Engine, deployment: Deployment, service: Service) -> None:
    connection = deployment.resolution.connection(service.name, Reader.MACHINE)
    try:
        with socket.create_connection((connection.host, int(connection.port)), timeout=_ANSWER) as opened:
            opened.settimeout(_TCP_STEADY)
            if opened.recv(1) == b"":
                raise NotYet(f"it closes every connection{_to(deployment, service)}")
    except TimeoutError:
        return  # connected, nothing said, and not closed
    except OSError as error:
        raise NotYet(f"cannot connect ({error}){_to(deployment, service)}") from error


def _to(deployment: Deployment, service: Service) -> str:
    """Where it has to listen to be asked, for whoever listens elsewhere."""
    place = deployment.resolution.place
    return f"; it must listen on {place.bind(service.name)}:{place.address(Reader.INSIDE, service.name)[1]}"


def _command(engine: Engine, deployment: Deployment, service: Service) -> None:
    argv = deployment.resolution.argv(service.probe.command, Reader.INSIDE, service.name)
    try:
        done = process.run(engine.invocation(deployment, service.name, argv, {}, terminal=False), timeout=_CHECK)
    except process.TimedOut as error:
        raise NotYet(f"its health check timed out after {_CHECK:.0f} s") from error
    if done.code != 0:
        raise NotYet(f"its health check exited with code {done.code}" + (f": {done.lines[-1]}" if done.lines else ""))


def _need(engine: Engine, deployment: Deployment, service: Service) -> None:
    need = deployment.stack.needs[service.name]
    KINDS[need.kind].ready(deployment.resolution.connection(service.name, Reader.MACHINE))


def _stubs(engine: Engine, deployment: Deployment, service: Service) -> None:
    connection = deployment.resolution.connection(service.name, Reader.MACHINE)
    readiness.check(int(connection.port), stubbing.password(deployment, service.name))


_PROBES: Mapping[ProbeKind, Callable[[Engine, Deployment, Service], None]] = {
    ProbeKind.HTTP: _http,
    ProbeKind.TCP: _tcp,
    ProbeKind.COMMAND: _command,
    ProbeKind.NEED: _need,
    ProbeKind.STUBS: _stubs,
}
