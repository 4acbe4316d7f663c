"""PostgreSQL as a process on this machine, from a package or a local installation."""

import signal
from pathlib import Path

from localenv.engines import Deployment, Say
from localenv.engines.native.environment import way
from localenv.engines.native.kinds.postgres import cluster, installations
from localenv.engines.native.kinds.versions import difference
from localenv.engines.native.program import Program, Room
from localenv.engines.native.scripts import unprivileged
from localenv.stack import Need, Reader, Service


def program(deployment: Deployment, service: Service, room: Room, say: Say) -> Program:
    """Run the server with settings for temporary data; without a Unix socket, whose path could be too long."""
    need, resolution = deployment.stack.needs[service.name], deployment.resolution
    data = room.data.resolve()
    installation = installations.fitting(need, cluster.version(data))
    background = cluster.provide(installation, need, resolution.password(need.name), data, say, deployment.identity)
    settings = resolution.argv(service.command or (), Reader.INSIDE, service.name)[1:]
    own = {
        "listen_addresses": room.host,
        "port": str(room.port),
        "unix_socket_directories": "",
        "dynamic_shared_memory_type": "mmap",  # in its folder: a killed server leaves nothing elsewhere
        "logging_collector": "off",
        "lc_messages": "C",
    }
    words = (*settings, *(f"-c{name}={value}" for name, value in own.items()))
    return Program(
        argv=unprivileged.argv(data, installation.bin / "postgres", "-D", str(data), *words),
        environment=way(),
        folder=data,
        stop=signal.SIGINT,  # fast shutdown: does not wait for clients, and loses no data
        version=installation.version,
        detail=difference(need, installation.version),
        background=background,
    )


def client_path(need: Need, data: Path) -> tuple[Path, ...]:
    """The folder of the matching psql."""
    return (installations.fitting(need).bin,)


def version(need: Need, data: Path) -> str:
    """The version of the matching installation."""
    return installations.fitting(need, cluster.version(data)).version


def to_install(need: Need) -> str:
    """The packages that provide it, or the system's."""
    return installations.to_install(need)
