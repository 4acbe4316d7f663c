"""MongoDB as a process on this machine, from a local installation."""

import json
import sys
from pathlib import Path

from localenv.engines import Deployment, Say
from localenv.engines.native.environment import way
from localenv.engines.native.kinds import installed, versions
from localenv.engines.native.program import Program, Room
from localenv.host import files
from localenv.stack import Need, Service


def program(deployment: Deployment, service: Service, room: Room, say: Say) -> Program:
    """Run the server with a configuration file, and create its user at the first start."""
    need = deployment.stack.needs[service.name]
    server, running = _server(need), version(need, room.data)
    (room.data / "db").mkdir(parents=True, exist_ok=True, mode=0o700)
    settings, login = room.data / "mongod.conf", room.data / "login"
    files.write(settings, _settings(room))
    password = deployment.resolution.password(need.name)
    files.write(login, json.dumps({"host": room.host, "port": str(room.port), "user": need.user, "password": password}))
    login.chmod(0o600)
    return Program(
        argv=(sys.executable, "-m", "localenv.needs.mongo.starting", str(login), str(server), "-f", str(settings)),
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


def to_install(need: Need) -> str:
    """MongoDB's own package."""
    return versions.to_install(need, "MongoDB")


def _settings(room: Room) -> str:
    """YAML, of which JSON is a part."""
    return json.dumps({
        "net": {"bindIp": room.host, "port": room.port, "unixDomainSocket": {"enabled": False}},
        "storage": {"dbPath": str(room.data / "db")},
        "security": {"authorization": "enabled"},
    })  # fmt: skip


def _server(need: Need) -> Path:
    return installed.program(need, ("mongod",), "mongodb-org-server of MongoDB's repository")
