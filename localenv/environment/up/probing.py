"""Ready means working: each service is asked from this machine, in its own language, until it answers."""

import http.client
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Event as Flag
from threading import Lock

from localenv import process
from localenv.engines import Condition, Deployment, Engine, Observed, Seen
from localenv.environment import stubbing
from localenv.errors import LocalenvError, NotReadyError
from localenv.needs import NotYet
from localenv.needs.kinds import KINDS
from localenv.stack import Probe, ProbeKind, Reader, Service
from localenv.stubs import NotYet as NotYetStubs
from localenv.stubs import readiness

_PAUSE, _LONGEST_PAUSE = 0.03, 0.5  # seconds between two questions
_PATIENT = 40  # what takes long is asked less often: each question may stand in its log
_LOOK = 0.25  # seconds between two looks at the engine
_ANSWER = 2.0  # seconds one HTTP answer may take
_CHECK = 30.0  # seconds a command that checks may take, as Docker's own
_TCP_STEADY = 0.3  # Docker's proxy accepts before the program listens, and then closes
_CRASHES = 3
_TAIL = 20
_KILLED = 137


@dataclass(kw_only=True)
class Watch:
    """The engine's view, shared by all who wait so that it is asked only a few times a second."""

    engine: Engine
    identity: str
    _seen: Observed = field(default_factory=Observed)
    _looked: float = 0.0
    _lock: Lock = field(default_factory=Lock)

    def look(self, name: str) -> Seen | None:
        """What the engine sees of a service, at most a quarter of a second old."""
        with self._lock:
            if time.monotonic() - self._looked > _LOOK:
                self._seen = self.engine.observe(self.identity, closely=True)
                self._looked = time.monotonic()
            return self._seen.services.get(name)


def wait(
    engine: Engine,
    deployment: Deployment,
    services: Sequence[Service],
    deadline: float,
    ready: Callable[[str, float], None],
    *,
    finishing: frozenset[str] = frozenset(),
) -> None:
    """Return when all work; `deadline` in time.monotonic(). Those in `finishing` are ready when they exited with 0.

    Raises NotReadyError for the first that cannot become ready, with its reason and the end of its log.
    """
    if not services:
        return
    watch, stop = Watch(engine=engine, identity=deployment.identity), Flag()
    with ThreadPoolExecutor(max_workers=len(services)) as pool:
        waits = {
            pool.submit(_wait, watch, deployment, service, deadline, stop, finishing=service.name in finishing): service
            for service in services
        }
        try:
            for done in as_completed(waits):
                ready(waits[done].name, done.result())
        finally:
            stop.set()


def _wait(
    watch: Watch, deployment: Deployment, service: Service, deadline: float, stop: Flag, *, finishing: bool
) -> float:
    """Seconds until it was ready."""
    began = time.monotonic()
    deadline = min(deadline, began + (service.probe.timeout or (deadline - began)))
    steady, was_there = Steady(needed=watch.engine.steady, since=began), False  # the engine has started it before
    while not stop.is_set():
        seen = watch.look(service.name)
        if finishing and seen and seen.condition is Condition.EXITED and seen.exit_code == 0:
            break
        if failure := _failure(seen, was_there=was_there):
            raise _not_ready(watch, service, failure)
        was_there = was_there or seen is not None
        answer = "it is still running" if finishing else _answer(watch.engine, deployment, service, seen, steady)
        if answer is None:
            break
        if time.monotonic() >= deadline:
            raise _not_ready(watch, service, f"not ready after {deadline - began:.0f} s: {answer}")
        stop.wait(min(max((time.monotonic() - began) / _PATIENT, _PAUSE), _LONGEST_PAUSE))
    return time.monotonic() - began


@dataclass(kw_only=True)
class Steady:
    """Since when something has stayed up, in time.monotonic(); 0 while it does not."""

    needed: float  # seconds
    since: float = 0.0

    def answer(self, seen: Seen | None) -> str | None:
        """None once it has stayed up for as long as it has to."""
        if seen is None or seen.condition is not Condition.RUNNING or seen.restarts:
            self.since = 0.0
            return "it does not stay up"
        self.since = self.since or time.monotonic()
        return None if time.monotonic() - self.since >= self.needed else "it has only just started"


def _answer(engine: Engine, deployment: Deployment, service: Service, seen: Seen | None, steady: Steady) -> str | None:
    """None where it works, else why not."""
    if service.probe.kind is ProbeKind.ALIVE:
        return steady.answer(seen)
    try:
        _PROBES[service.probe.kind](engine, deployment, service)
    except (NotYet, NotYetStubs) as answer:
        return str(answer)
    return None


def _failure(seen: Seen | None, *, was_there: bool) -> str:
    """Why waiting on is useless; empty where it is not."""
    if seen is None:
        return "it was removed by somebody else" if was_there else ""
    if seen.out_of_memory:
        return "killed because it used more memory than it is allowed"
    if seen.restarts >= _CRASHES:
        return "it crashes again and again" + (f" (exit code {seen.exit_code})" if seen.exit_code else "")
    if seen.condition is Condition.EXITED:
        killed = " (killed)" if seen.exit_code == _KILLED else ""
        return seen.error or f"it exited with code {seen.exit_code}{killed}"
    return ""


def _not_ready(watch: Watch, service: Service, reason: str) -> NotReadyError:
    log: list[str] = []
    with suppress(LocalenvError):  # what is being removed has none any more: the reason counts
        log += (line.text for line in watch.engine.logs(watch.identity, [service.name], tail=_TAIL, follow=False))
    return NotReadyError(
        f"{service.name}: {reason}",
        log=log[-_TAIL:],
        hint=f"--keep-on-failure leaves everything up to look at: localenv logs {service.name}",
    )


def _http(engine: Engine, deployment: Deployment, service: Service) -> None:
    connection = deployment.resolution.connection(service.name, Reader.MACHINE)
    probe = service.probe
    asked = http.client.HTTPConnection(connection.host, int(connection.port), timeout=_ANSWER)
    try:
        asked.request("GET", probe.path, headers={"Host": probe.host} if probe.host else {})
        status = asked.getresponse().status
    except TimeoutError as error:
        raise NotYet(f"GET {probe.path} was not answered within {_ANSWER:.0f} s") from error
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise NotYet(
            f"GET {probe.path} is not answered ({error or type(error).__name__}){_to(deployment, service)}"
        ) from error
    finally:
        asked.close()
    if not _is_accepted(probe, status):
        raise NotYet(f"GET {probe.path} is answered with {status}")


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
                raise NotYet(f"it closes connections{_to(deployment, service)}")
    except TimeoutError:
        return  # connected, nothing said, and not closed
    except OSError as error:
        raise NotYet(f"it takes no connection ({error}){_to(deployment, service)}") from error


def _to(deployment: Deployment, service: Service) -> str:
    """Where it has to listen to be asked, for whoever listens elsewhere."""
    place = deployment.resolution.place
    return f"; it has to listen on {place.bind(service.name)}:{place.address(Reader.INSIDE, service.name)[1]}"


def _command(engine: Engine, deployment: Deployment, service: Service) -> None:
    argv = deployment.resolution.argv(service.probe.command, Reader.INSIDE, service.name)
    try:
        done = process.run(engine.invocation(deployment, service.name, argv, {}, terminal=False), timeout=_CHECK)
    except process.TimedOut as error:
        raise NotYet(f"its check did not end within {_CHECK:.0f} s") from error
    if done.code != 0:
        raise NotYet(f"its check exited with {done.code}" + (f": {done.lines[-1]}" if done.lines else ""))


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
