"""MySQL: what runs natively is MariaDB, because machines have that one; real MySQL runs in Docker."""

from pathlib import Path

from localenv.engines import Deployment, Say
from localenv.engines.native.program import Program, Room
from localenv.errors import EngineError
from localenv.stack import Service


def program(deployment: Deployment, service: Service, room: Room, say: Say) -> Program:
    """None: raises EngineError."""
    raise EngineError(
        f"{service.name}: MySQL runs in Docker only",
        hint="use --engine compose, or mariadb: instead (package mariadb-server)",
    )


def client_path(deployment: Deployment, service: Service, data: Path) -> tuple[Path, ...]:
    """None."""
    return ()
