"""A mailbox as a process on this machine, with the API of Mailpit that reads it."""

from pathlib import Path

from localenv.engines import Deployment, Say
from localenv.engines.native.kinds import packages
from localenv.engines.native.program import Program, Room
from localenv.needs.smtp import MAILBOX
from localenv.stack import Need, Reader, Service

_PACKAGE, _EXTRA = "aiosmtpd", "native"

client_path = None


def program(deployment: Deployment, service: Service, room: Room, say: Say) -> Program:
    """Run the mailbox; Mailpit's other pages are not there."""
    need = deployment.stack.needs[service.name]
    running = version(need, room.data)
    _, web = deployment.resolution.place.address(Reader.INSIDE, f"{need.name}.{MAILBOX}")
    module = ("-m", "localenv.engines.native.mailbox")
    return packages.program(room, running, *module, room.host, str(room.port), web, str(room.data / "mails"))


def version(need: Need, data: Path) -> str:
    """The version of the package."""
    return packages.installed(need, _PACKAGE, _PACKAGE, _EXTRA)


def to_install(need: Need) -> str:
    """The package."""
    return packages.hint(_EXTRA)
