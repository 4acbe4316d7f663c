"""NATS with JetStream as a process on this machine, from a local installation."""

from pathlib import Path

from localenv.engines import Deployment, Say
from localenv.engines.native.environment import way
from localenv.engines.native.kinds import installed, versions
from localenv.engines.native.program import Program, Room
from localenv.host import files
from localenv.stack import Need, Service


def program(deployment: Deployment, service: Service, room: Room, say: Say) -> Program:
    """Run the server with a configuration file: a command line is visible to every user of this machine."""
    need = deployment.stack.needs[service.name]
    server = _server(need)
    running = version(need, room.data)
    login = None if need.is_open else (need.user, deployment.resolution.password(need.name))
    room.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    settings = room.data / "nats.conf"
    files.write(settings, _settings(room, login))
    return Program(
        argv=(str(server), "--config", str(settings)),
        environment=way(),
        folder=room.data,
        version=running,
        detail=versions.difference(need, running),
    )


def client_path(need: Need, data: Path) -> tuple[Path, ...]:
    """The folder of the server, which may contain the client too."""
    return (_server(need).parent,)


def version(need: Need, data: Path) -> str:
    """The version that the server reports."""
    return installed.version(_server(need), "--version")


def _settings(room: Room, login: tuple[str, str] | None) -> str:
    lines = [f"host: {_quoted(room.host)}", f"port: {room.port}", f"jetstream {{store_dir: {_quoted(str(room.data))}}}"]
    if login:
        user, password = map(_quoted, login)
        lines.append(f"authorization {{user: {user}, password: {password}}}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """Escape byte by byte: its format supports few other escapes."""
    return '"' + "".join(f"\\x{byte:02x}" for byte in text.encode(errors="surrogateescape")) + '"'


def to_install(need: Need) -> str:
    """The system's package."""
    return versions.to_install(need, "NATS")


def _server(need: Need) -> Path:
    return installed.program(need, ("nats-server",), "nats-server")
