"""What keeps a program that runs from being reached: it listens elsewhere, or speaks another protocol than HTTP."""

import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import inf

from localenv.engines import Deployment, Engine
from localenv.environment.up.clock import Clock
from localenv.environment.up.probes import Unready
from localenv.errors import LocalenvError
from localenv.host.sockets import Listener
from localenv.stack import ProbeKind, Reader, Role, Service

_FIRST = 2.0  # seconds of running and not answering until its sockets are looked at
_AGAIN = 1.0  # seconds between two looks
_BANNER = 0.5  # seconds in which a server speaks that speaks first
_SOON, _LATER = 5.0, 20.0  # seconds for which the same has to be seen
_ASKED = (ProbeKind.HTTP, ProbeKind.TCP)
_CLOSES = "closes connections without an HTTP answer: if it speaks another protocol, use healthcheck: {tcp: true}"
_DEBUGGERS = {2345, 5005, 5678, 9229}  # delve, JDWP, debugpy, Node: open before the program itself


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """Why it cannot be reached, as a predicate; what is seen for `certain` seconds does not change any more."""

    text: str
    certain: float = inf


@dataclass(kw_only=True)
class Refusals:
    """What is known of one service while it runs and does not answer."""

    engine: Engine
    deployment: Deployment
    service: Service
    clock: Clock
    found: Diagnosis | None = None
    _since: float | None = None  # it runs and does not answer
    _found_since: float = 0.0
    _looked: float = -inf

    @property
    def is_certain(self) -> bool:
        """Whether waiting changes nothing any more."""
        return self.found is not None and self.clock.now() - self._found_since >= self.found.certain

    def note(self, answered: Unready) -> None:
        """It runs, and this is its answer now."""
        if not answered.is_refused or self.service.role is not Role.SERVICE or self.service.probe.kind not in _ASKED:
            self.found, self._since = None, None
            return
        now = self.clock.now()
        self._since = now if self._since is None else self._since
        if now - self._since < _FIRST or now - self._looked < _AGAIN:
            return
        self._looked = now
        found = diagnosed(self.engine, self.deployment, self.service)
        if found != self.found:
            self.found, self._found_since = found, now


def diagnosed(engine: Engine, deployment: Deployment, service: Service) -> Diagnosis | None:
    """Look once; None where nothing is known."""
    found: Sequence[Listener] | None = None
    with suppress(LocalenvError, OSError):
        found = engine.listeners(deployment.identity, service.name)
    place = deployment.resolution.place
    host, port = place.bind(service.name), int(place.address(Reader.INSIDE, service.name)[1])
    if found is None or any(_is_reached(one, host, port) for one in found):
        is_http = service.probe.kind is ProbeKind.HTTP
        return _spoken(deployment, service, listens=found is not None) if is_http else None
    said = service.probe.timeout is not None  # a person's own word on how long it may take
    for one in sorted(found):
        if one.port == port:
            return Diagnosis(text=f"listens on {one}, {_within(one, host)}: use --host ${{bind}}", certain=_SOON)
    others = sorted({one.port for one in found} - _DEBUGGERS)
    if not others:
        return None
    text = f"listens on {', '.join(map(str, others))}, not {port}: {_instead(service, host, others)}"
    return Diagnosis(text=text, certain=inf if said else _LATER)


def _is_reached(one: Listener, host: str, port: int) -> bool:
    """Whether a socket is one that this machine, or Docker for it, connects to."""
    if one.port != port:
        return False
    return one.is_wildcard or one.host == host or (_is_everything(host) and not one.is_loopback)


def _within(one: Listener, host: str) -> str:
    return "reachable only inside its container" if _is_everything(host) and one.is_loopback else f"not on {host}"


def _instead(service: Service, host: str, others: Sequence[int]) -> str:
    if _is_everything(host):
        return f"use `port: {others[0]}`, or ${{port}} in its command"
    own = ", or `address: own`" if service.port and service.port.target in others else ""
    return f"without Docker it has a port of its own: use ${{port}} in its command{own}"


def _is_everything(host: str) -> bool:
    return host == "0.0.0.0"  # noqa: S104


def _spoken(deployment: Deployment, service: Service, *, listens: bool) -> Diagnosis | None:
    """What a server says that does not wait for a request, as those of other protocols than HTTP do.

    Where nobody knows whether it `listens` yet, a connection that is closed may be closed by Docker.
    """
    connection = deployment.resolution.connection(service.name, Reader.MACHINE)
    with suppress(OSError):
        with socket.create_connection((connection.host, int(connection.port)), timeout=_BANNER) as opened:
            opened.settimeout(_BANNER)
            said = opened.recv(80)
        if said and not said.startswith(b"HTTP/"):
            line = said.splitlines()[0].decode(errors="replace").strip()
            return Diagnosis(text=f"answers, but not in HTTP ({line!r}): use healthcheck: {{tcp: true}}", certain=_SOON)
        if not said and listens:
            return Diagnosis(text=_CLOSES)
    return None
