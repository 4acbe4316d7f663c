"""The services of an environment that exists: their processes under the guard, and their data."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from localenv import paths, state
from localenv.engines import Deployment
from localenv.engines.native import folders, programs, scripts, supervising
from localenv.engines.native.programs import silent
from localenv.host.sockets import Listener
from localenv.stack.states import ServiceState


def listeners(identity: str, name: str) -> Sequence[Listener] | None:
    """The sockets of its processes."""
    return supervising.listeners(identity, name)


def signal(identity: str, name: str, action: str) -> None:
    """`stop`, `start`, `pause` or `unpause` one service."""
    supervising.signalled(identity, name, action)


def restart(deployment: Deployment, name: str, instead: Mapping[Path, Path] = MappingProxyType({})) -> None:
    """End its process, and start it as for the first time; `instead` in a mount namespace of its own."""
    supervising.stop(deployment.identity, [name], forget=True)
    service = deployment.stack.services[name]
    program = programs.service(deployment, service, silent)
    if instead:
        pairs = json.dumps([[str(there), str(shown)] for there, shown in instead.items()])
        program = replace(program, argv=scripts.argv("earlier", pairs, *program.argv))
    supervising.spawn(deployment.identity, name, service.role, program)


def discard(identity: str, names: Iterable[str]) -> None:
    """End some services, and remove their data unless it is kept."""
    names = list(names)
    supervising.stop(identity, [*names, *map(supervising.relay, names)], forget=True)
    clear(identity, names)


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


def runs(condition: ServiceState) -> bool:
    """Whether there is a process, which may be paused."""
    return condition in (ServiceState.RUNNING, ServiceState.PAUSED)
