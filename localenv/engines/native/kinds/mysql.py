"""MySQL: not available natively, where MariaDB is commonly installed; real MySQL runs in Docker."""

from pathlib import Path

from localenv.engines import Deployment, Say
from localenv.engines.native.program import Program, Room
from localenv.errors import EngineError
from localenv.stack import Need, Service

_HINT = "use --engine compose, or mariadb: instead (package mariadb-server)"

client_path = None


def program(deployment: Deployment, service: Service, room: Room, say: Say) -> Program:
    """Raises EngineError."""
    raise _refusal(service.name)


def version(need: Need, data: Path) -> str:
    """Raises EngineError."""
    raise _refusal(need.name)


def to_install(need: Need) -> str:
    """The hint in the error."""
    return _HINT


def _refusal(name: str) -> EngineError:
    return EngineError(f"{name}: MySQL runs in Docker only", hint=_HINT)
