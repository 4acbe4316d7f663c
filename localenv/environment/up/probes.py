"""Probe a service once, from this machine and in its own protocol."""

import http.client
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from localenv import process
from localenv.engines import Deployment, Engine
from localenv.environment import stubbing
from localenv.host import destinations, limits
from localenv.needs import NotYet
from localenv.needs.kinds import KINDS
from localenv.stack import Probe, ProbeKind, Reader, Service
from localenv.stubs import StubsNotReady, readiness

ANSWER = 2.0  # seconds for one HTTP response
_CHECK = 30.0  # seconds for a healthcheck command, as in Docker
_TEMPORARY = (
    http.client.REQUEST_TIMEOUT,
    http.client.LOCKED,
    http.client.TOO_EARLY,
    http.client.TOO_MANY_REQUESTS,
)
_NO_PROGRAM = (126, 127)  # exit codes of a shell and of Docker
_NO_PROGRAM_HINT = (
    "its check runs inside the service and needs a program that is there; a path is checked from this machine: "
    "`healthcheck: /health`"
)
_TCP_STEADY = 0.3  # Docker's proxy accepts before the program listens, and then closes


@dataclass(frozen=True, kw_only=True)
class Unready:
    """Why a service is not ready; `is_refused` if the connection was refused, `is_served` if the answer is no failure
    of the service (a redirect, 404), `is_rejection` if it will not change by itself, `spoken` if it answered, not in
    HTTP; `is_silent` if it did not answer at all, like a paused program.
    """

    text: str
    hint: str = ""
    is_refused: bool = False
    is_served: bool = False
    is_rejection: bool = False
    spoken: bytes = b""  # the first line
    is_silent: bool = False


def ask(engine: Engine, deployment: Deployment, service: Service) -> Unready | None:
    """Probe a service once: None if it is ready, else the reason."""
    try:
        _PROBES[service.probe.kind](engine, deployment, service)
    except _No as no:
        return no.answer
    except (NotYet, StubsNotReady) as not_yet:
        return Unready(text=str(not_yet), is_silent=isinstance(not_yet.__cause__, TimeoutError))
    return None


class _No(Exception):  # noqa: N818 - an answer of a probe, not an error
    """The service is not ready yet."""

    def __init__(self, answer: Unready) -> None:
        super().__init__(answer.text)
        self.answer = answer


def _http(engine: Engine, deployment: Deployment, service: Service) -> None:
    connection = deployment.resolution.connection(service.name, Reader.MACHINE)
    probe = service.probe
    asked = limits.LimitedConnection(connection.host, int(connection.port), timeout=ANSWER)
    asked.limit = ANSWER
    try:
        asked.request("GET", destinations.encoded(probe.path), headers={"Host": probe.host} if probe.host else {})
        answer = asked.getresponse()
    except TimeoutError as error:
        raise _No(Unready(text=f"GET {probe.path} timed out after {ANSWER:.0f} s", is_silent=True)) from error
    except (OSError, ValueError, http.client.HTTPException) as error:
        if asked.has_hung_up:
            raise _No(Unready(text=f"GET {probe.path} timed out after {ANSWER:.0f} s")) from error
        text = f"GET {probe.path} failed ({error or type(error).__name__}){_to(deployment, service)}"
        raise _No(Unready(text=text, is_refused=True, spoken=_spoken(error))) from error
    finally:
        asked.end()
        asked.close()
    if not _is_accepted(probe, answer.status):
        raise _No(_rejected(probe, answer.status, answer.headers.get("Location", "")))


def _rejected(probe: Probe, status: int, location: str) -> Unready:
    is_served = status < http.client.INTERNAL_SERVER_ERROR
    return Unready(
        text=f"GET {probe.path} returned {status}",
        hint=_redirected(probe, location) if location and is_served else _otherwise(probe, status),
        is_served=is_served,
        is_rejection=http.client.MULTIPLE_CHOICES <= status < http.client.INTERNAL_SERVER_ERROR
        and status not in _TEMPORARY,
    )


def _redirected(probe: Probe, location: str) -> str:
    """A hint for a service that redirects; without a query, which may hold a token."""
    target = location.partition("?")[0]
    return f"set `healthcheck:` to a path that answers 2xx: {probe.path} redirects to {target}"


def _spoken(error: Exception) -> bytes:
    """What a server answered to a request of HTTP, if that is not HTTP."""
    if not isinstance(error, http.client.BadStatusLine) or isinstance(error, http.client.RemoteDisconnected):
        return b""
    return str(error.args[0]).encode("iso-8859-1")


def _otherwise(probe: Probe, status: int) -> str:
    """A hint for a service that answers with an unexpected status."""
    if status == http.client.NOT_FOUND:
        return f"set `healthcheck:` to a path that answers 2xx ({probe.path} is not there), or leave it out"
    if http.client.BAD_REQUEST <= status < http.client.INTERNAL_SERVER_ERROR and not probe.status:
        accepted = f"{{http: {probe.path}, status: {status}}}"
        return f"set `healthcheck:` to a path that answers GET with 2xx, or to {accepted}"
    return ""


def _is_accepted(probe: Probe, status: int) -> bool:
    if probe.status:
        return status in probe.status
    return not probe.any_success or http.client.OK <= status < http.client.MULTIPLE_CHOICES


def _tcp(engine: Engine, deployment: Deployment, service: Service) -> None:
    connection = deployment.resolution.connection(service.name, Reader.MACHINE)
    try:
        with socket.create_connection((connection.host, int(connection.port)), timeout=ANSWER) as opened:
            opened.settimeout(_TCP_STEADY)
            if opened.recv(1) == b"":
                raise _No(Unready(text=f"it closes every connection{_to(deployment, service)}", is_refused=True))
    except TimeoutError:
        return  # connected, no data sent, and not closed
    except OSError as error:
        text = f"cannot connect ({error}){_to(deployment, service)}"
        raise _No(Unready(text=text, is_refused=True)) from error


def _to(deployment: Deployment, service: Service) -> str:
    """The address and port that the service must listen on."""
    place = deployment.resolution.place
    return f"; it must listen on {place.bind(service.name)}:{place.address(Reader.INSIDE, service.name)[1]}"


def _command(engine: Engine, deployment: Deployment, service: Service) -> None:
    argv = deployment.resolution.argv(service.probe.command, Reader.INSIDE, service.name)
    seconds = min(_CHECK, service.probe.timeout or _CHECK)
    try:
        done = process.run(engine.commands.inside(deployment, service.name, argv, {}), timeout=seconds)
    except process.TimedOut as error:
        raise _No(Unready(text=f"its health check timed out after {seconds:g} s")) from error
    if done.code != 0:
        said = f": {done.lines[-1]}" if done.lines else ""
        is_missing = done.code in _NO_PROGRAM
        raise _No(
            Unready(
                text=f"its health check exited with code {done.code}{said}",
                hint=_NO_PROGRAM_HINT if is_missing else "",
                is_rejection=is_missing,
            )
        )


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
