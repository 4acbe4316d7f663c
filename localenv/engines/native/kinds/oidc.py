"""A provider of OpenID Connect as a process on this machine."""

from pathlib import Path

from localenv.engines import Deployment, Say
from localenv.engines.native.kinds import packages
from localenv.engines.native.program import Program, Room
from localenv.needs import oidc
from localenv.stack import Need, Service

_PACKAGE, _MODULE, _EXTRA = "oidc-provider-mock", "oidc_provider_mock", "native"

client_path = None


def program(deployment: Deployment, service: Service, room: Room, say: Say) -> Program:
    """Run its server."""
    need = deployment.stack.needs[service.name]
    running = version(need, room.data)
    at = ("--host", room.host, "--port", str(room.port))
    return packages.program(room, running, "-m", "localenv.engines.native.login", *at, *oidc.users(need))


def version(need: Need, data: Path) -> str:
    """The version of the package."""
    return packages.installed(need, _PACKAGE, _MODULE, _EXTRA)


def to_install(need: Need) -> str:
    """The package."""
    return packages.hint(_EXTRA)
