"""Diagnose a running program that cannot be reached: it listens on another address or does not speak HTTP."""

import re
import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import inf

from localenv.engines import Deployment, Engine
from localenv.environment.up.clock import Clock
from localenv.environment.up.probes import Unready
from localenv.errors import LocalenvError
from localenv.host.sockets import ListeningSocket
from localenv.stack import ProbeKind, Reader, Role, Service

_FIRST = 2.0  # seconds without an answer before its sockets are examined
_AGAIN = 1.0  # seconds between two checks
_BANNER = 0.5  # seconds to wait for a server that sends data first
_SOON, _LATER = 5.0, 20.0  # seconds for which a diagnosis must stay the same
_IDLE = 0.05  # of a processor: a program that uses no more loads and compiles nothing
_ASKED = (ProbeKind.HTTP, ProbeKind.TCP)
_PROTOCOLS = {b"\x15\x03": "TLS", b"\x00\x00": "HTTP/2, as of gRPC", b"SSH-": "SSH"}  # by their first bytes
_LOCAL = re.compile(
    r"(?:(?P<scheme>https?)://)?(?<![\w.-])(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])"
    r"(?:[\"']?(?::|(?<=/tcp/localhost)/|(?<=/tcp/127\.0\.0\.1)/|\s*,\s*|\s+)(?P<port>[0-9]{2,5})(?![\w.])|(?=[/\s\"'?]|$))"
)
_DEBUGGERS = {2345, 5005, 5678, 9229}  # delve, JDWP, debugpy, Node: they listen before the program itself does


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """Why a service cannot be reached, as a predicate; it is final when it stays the same for `certain` seconds, or
    `if_idle` seconds in which its program does nothing."""

    text: str
    certain: float = inf
    if_idle: float = inf


_CLOSES = Diagnosis(
    text="closes connections without an HTTP answer: if it speaks another protocol, use healthcheck: {tcp: true}"
)


@dataclass(kw_only=True)
class Refusals:
    """The failed probes of one service while it runs and does not answer."""

    engine: Engine
    deployment: Deployment
    service: Service
    clock: Clock
    found: Diagnosis | None = None
    _suspected: Diagnosis | None = None
    _since: float | None = None  # when it was first found running without answering
    _found_since: float = 0.0
    _idle_since: float = inf
    _busy: float | None = None
    _looked: float = -inf

    @property
    def is_certain(self) -> bool:
        """Whether waiting longer is pointless."""
        if self.found is None:
            return False
        now, idle_since = self.clock.now(), max(self._found_since, self._idle_since)
        return now - self._found_since >= self.found.certain or now - idle_since >= self.found.if_idle

    def record(self, answered: Unready, busy: float | None = None) -> None:
        """Record the answer of a probe while the service runs, and how long its processes have been busy."""
        if not self._is_asked_in_vain(answered):
            self.found, self._suspected, self._since = None, None, None
            return
        now = self.clock.now()
        self._since = now if self._since is None else self._since
        if now - self._since < _FIRST or now - self._looked < _AGAIN:
            return
        self._record_idleness(busy, now)
        self._looked = now
        found = self._confirmed(_no_http(answered.spoken) or diagnosed(self.engine, self.deployment, self.service))
        if found != self.found:
            self.found, self._found_since = found, now

    def _is_asked_in_vain(self, answered: Unready) -> bool:
        """Whether its sockets may tell why the probe failed."""
        kind = self.service.probe.kind
        is_without_answer = answered.is_refused if kind in _ASKED else not answered.is_rejection
        return self.service.role is Role.SERVICE and kind in (*_ASKED, ProbeKind.COMMAND) and is_without_answer

    def _record_idleness(self, busy: float | None, now: float) -> None:
        """Since when its program does nothing; never if that is unknown."""
        if busy is None or self._busy is None or busy - self._busy > _IDLE * (now - self._looked):
            self._idle_since = inf if busy is None else now
        self._busy = busy

    def _confirmed(self, found: Diagnosis | None) -> Diagnosis | None:
        """Without one that was not found twice in a row: it may listen only since it was asked."""
        is_again, self._suspected = found == self._suspected, found
        return found if is_again or found != _CLOSES else None


def diagnosed(engine: Engine, deployment: Deployment, service: Service) -> Diagnosis | None:
    """Diagnose once; None if nothing is known."""
    found: Sequence[ListeningSocket] | None = None
    with suppress(LocalenvError, OSError):
        found = engine.services.listeners(deployment.identity, service.name)
    if service.probe.kind is ProbeKind.COMMAND:
        return _of_command(deployment, service, found or ())
    place = deployment.resolution.place
    host, port = place.bind(service.name), int(place.address(Reader.INSIDE, service.name)[1])
    if found is None or any(_is_reached(one, host, port) for one in found):
        is_http = service.probe.kind is ProbeKind.HTTP
        return _spoken(deployment, service, listens=found is not None) if is_http else None
    for one in sorted(found):
        if one.port == port:
            return Diagnosis(text=f"listens on {one}, {_within(one, host)}: use --host ${{bind}}", certain=_SOON)
    return _elsewhere(deployment, service, found, host, port)


def _elsewhere(
    deployment: Deployment, service: Service, found: Sequence[ListeningSocket], host: str, port: int
) -> Diagnosis | None:
    """Of one that listens on other ports alone; None if it listens on none."""
    others = sorted({one.port for one in found} - _DEBUGGERS - _further(deployment, service))
    if not others:
        return None
    text = f"listens on {', '.join(map(str, others))}, not {port}: {_instead(service, host, others)}"
    if service.probe.timeout is not None:  # the user set a time limit
        return Diagnosis(text=text)
    return Diagnosis(text=text, certain=_SOON if _is_its_own(service, others) else _LATER, if_idle=_SOON)


def _of_command(deployment: Deployment, service: Service, found: Sequence[ListeningSocket]) -> Diagnosis | None:
    """Of one whose health check asks a port of its own machine on which the service does not listen."""
    asked = asked_ports(deployment.resolution.argv(service.probe.command, Reader.INSIDE, service.name))
    ports = {one.port for one in found}
    shown = ", ".join(map(str, sorted(ports - _DEBUGGERS)))
    place = deployment.resolution.place
    others = {int(place.address(Reader.INSIDE, name)[1]) for name, one in deployment.stack.services.items() if one.port}
    port = int(place.address(Reader.INSIDE, service.name)[1]) if service.port else 0
    if not shown or not asked or asked & (ports | _further(deployment, service) | (others - {port})):
        return None
    if port in asked:
        return _elsewhere(deployment, service, found, place.bind(service.name), port)
    wrong, right = " and ".join(map(str, sorted(asked))), "${port}" if service.port else "that port"
    text = f"listens on {shown}, but its health check asks port {wrong}: use {right} in `healthcheck:`"
    if service.probe.timeout is not None:
        return Diagnosis(text=text)
    return Diagnosis(text=text, certain=_LATER, if_idle=_SOON)


def asked_ports(argv: Sequence[str]) -> set[int]:
    """The ports of its own machine that a command names, as in `curl localhost:8000` or `nc -z 127.0.0.1 8000`."""
    found = _LOCAL.finditer(" ".join(argv))
    return {
        int(one["port"] or (443 if one["scheme"] == "https" else 80)) for one in found if one["port"] or one["scheme"]
    }


def _is_reached(one: ListeningSocket, host: str, port: int) -> bool:
    """Whether this machine, or Docker on its behalf, can connect to a socket."""
    if one.port != port:
        return False
    return one.is_wildcard or one.host == host or (_is_everything(host) and not one.is_loopback)


def _further(deployment: Deployment, service: Service) -> set[int]:
    """Its further ports: programs often listen on that of their metrics before they are ready."""
    place = deployment.resolution.place
    return {
        port for one in service.extra_ports for port in (one.target, int(place.address(Reader.INSIDE, one.name)[1]))
    }


def _within(one: ListeningSocket, host: str) -> str:
    return "reachable only inside its container" if _is_everything(host) and one.is_loopback else f"not on {host}"


def _is_its_own(service: Service, others: Sequence[int]) -> bool:
    """Whether it listens on the port of its description, which the code then has fixed: it will take no other."""
    return service.port is not None and service.port.target in others


def _instead(service: Service, host: str, others: Sequence[int]) -> str:
    if _is_everything(host):
        return f"use `port: {others[0]}`, or ${{port}} in its command"
    own = ", or `address: own`" if _is_its_own(service, others) else ""
    return f"without Docker it has a separate port: use ${{port}} in its command{own}"


def _is_everything(host: str) -> bool:
    return host == "0.0.0.0"  # noqa: S104


def _spoken(deployment: Deployment, service: Service, *, listens: bool) -> Diagnosis | None:
    """What a server sends before it receives a request, as non-HTTP servers do, or that it has only closed requests.

    If it is unknown whether the program `listens`, a closed connection is ignored: Docker may have closed it.
    """
    connection = deployment.resolution.connection(service.name, Reader.MACHINE)
    banner = b""
    with (
        suppress(OSError),
        socket.create_connection((connection.host, int(connection.port)), timeout=_BANNER) as opened,
    ):
        with suppress(TimeoutError):
            opened.settimeout(_BANNER)
            banner = opened.recv(80)
        return _no_http(banner) or (_CLOSES if listens and not banner else None)
    return None


def _no_http(spoken: bytes) -> Diagnosis | None:
    """What is said of a program by bytes that it sent; None if they are HTTP, or none."""
    if not spoken or spoken.startswith(b"HTTP/"):
        return None
    line = spoken.splitlines()[0].decode(errors="replace").strip()
    protocol = next((f" (this is {name})" for begin, name in _PROTOCOLS.items() if spoken.startswith(begin)), "")
    shown = protocol or (f" ({line[:80]!r})" if line and line.isprintable() else "")
    return Diagnosis(text=f"answers, but not in HTTP{shown}: use healthcheck: {{tcp: true}}", certain=_SOON)
