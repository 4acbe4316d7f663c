"""Moto's server as a process on this machine, for object storage alone."""

from pathlib import Path

from localenv.engines import Deployment, Say
from localenv.engines.native.kinds import packages
from localenv.engines.native.program import Program, Room
from localenv.stack import Need, Service

_PACKAGE, _EXTRA = "moto", "s3"

client_path = None


def program(deployment: Deployment, service: Service, room: Room, say: Say) -> Program:
    """Run its server."""
    running = version(deployment.stack.needs[service.name], room.data)
    return packages.program(room, running, "-m", "localenv.engines.native.storage", room.host, str(room.port))


def version(need: Need, data: Path) -> str:
    """The version of the package, whose server needs Flask too."""
    packages.installed(need, "flask-cors", "flask_cors", _EXTRA)
    return packages.installed(need, _PACKAGE, _PACKAGE, _EXTRA)


def to_install(need: Need) -> str:
    """The package."""
    return packages.hint(_EXTRA)
