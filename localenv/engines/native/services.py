"""The services of an environment that exists: their processes under the guard, and their data."""

import socket
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from localenv import paths, state
from localenv.engines import Deployment, Seen, bridging
from localenv.engines.bridging import LocalRoute
from localenv.engines.native import folders, programs, supervising
from localenv.engines.native.program import Room
from localenv.engines.native.programs import silent
from localenv.errors import NotReadyError
from localenv.host.loopback import free_port
from localenv.host.sockets import ListeningSocket
from localenv.host.waiting import looks
from localenv.stack import Reader, Service
from localenv.stack.states import ServiceState

_PATIENCE, _PAUSE = 30.0, 0.02  # seconds for a moved need to listen, and between two attempts


def listeners(identity: str, name: str) -> Sequence[ListeningSocket] | None:
    """The sockets of its processes."""
    return supervising.listeners(identity, name)


def signal(identity: str, name: str, action: str) -> None:
    """`stop`, `start`, `pause` or `unpause` one service."""
    supervising.signalled(identity, name, action)


def restart(deployment: Deployment, name: str, instead: Mapping[Path, Path] | None = None) -> None:
    """End its process, and start it as for the first time, or as it last worked: see `programs.earlier`."""
    supervising.stop(deployment.identity, [name], forget=True)
    service = deployment.stack.services[name]
    if instead is None:
        program = programs.service(deployment, service, silent)
    else:
        program = programs.earlier(deployment, service, instead)
    supervising.spawn(deployment.identity, name, service.role, program)


def discard(identity: str, names: Iterable[str]) -> None:
    """End some services, and remove their data unless it is kept."""
    names = list(names)
    supervising.stop(identity, [*names, *map(supervising.relay, names)], forget=True)
    clear(identity, names)


def detour(deployment: Deployment, name: str, delay: float | None) -> None:
    """Restart it on another port, and forward from its own one, or leave that without a listener."""
    service, identity = deployment.stack.services[name], deployment.identity
    bridging.stop(identity, bridging.detour(name))
    host, port = _address(deployment, name)
    other = free_port(host)
    _restart_at(deployment, service, host, other)
    if delay is not None:
        route = LocalRoute(name=name, port=port, to=other, listen=((host, port),), delay=delay)
        bridging.start(identity, bridging.detour(name), [route])


def direct(deployment: Deployment, name: str) -> None:
    """Restart it on its own port."""
    bridging.stop(deployment.identity, bridging.detour(name))
    _restart_at(deployment, deployment.stack.services[name], *_address(deployment, name))


def _restart_at(deployment: Deployment, service: Service, host: str, port: int) -> None:
    """Restart a need with its data on a port, and wait until it listens. Raises NotReadyError."""
    supervising.stop(deployment.identity, [service.name], forget=True)
    room = Room(data=programs.data(deployment.identity, service.name), host=host, port=port)
    program = programs.backing(deployment, service, room, silent)
    supervising.spawn(deployment.identity, service.name, service.role, program)
    for is_last in looks(within=_PATIENCE, pause=_PAUSE):
        try:
            socket.create_connection((host, port), timeout=_PATIENCE).close()
        except OSError as error:
            if is_last:
                raise NotReadyError(f"{service.name} does not listen on {host}:{port}") from error
        else:
            return


def _address(deployment: Deployment, name: str) -> tuple[str, int]:
    host, port = deployment.resolution.place.address(Reader.MACHINE, name)
    return host, int(port)


def clear(identity: str, names: Iterable[str]) -> None:
    """Remove the data of services that do not run, unless it is kept."""
    left = kept(identity)
    for name in names:
        if name not in left:
            folders.remove(programs.data(identity, name))


def kept(identity: str) -> tuple[str, ...]:
    """The needs whose data outlives their processes."""
    record = state.load(identity) if paths.state(identity, make=False).is_dir() else None
    return record.keeps if record else ()


def runs(seen: Seen) -> bool:
    """Whether there is a process, which may be paused."""
    return seen.state in (ServiceState.RUNNING, ServiceState.PAUSED)
