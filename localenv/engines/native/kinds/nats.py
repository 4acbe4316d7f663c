"""NATS with JetStream as a process of this machine, of its own installation."""

import json
from pathlib import Path

from localenv import state
from localenv.engines import Deployment, Say
from localenv.engines.native.environment import way
from localenv.engines.native.kinds import installed
from localenv.engines.native.kinds.versions import difference
from localenv.engines.native.program import Program, Room
from localenv.stack import Need, Service


def program(deployment: Deployment, service: Service, room: Room, say: Say) -> Program:
    """The server, told through a file: its command line could be read by anybody on this machine."""
    need = deployment.stack.needs[service.name]
    server = _server(need)
    version = installed.version(server, "--version")
    told: dict[str, object] = {"host": room.host, "port": room.port, "jetstream": {"store_dir": str(room.data)}}
    if need.password is not None:
        told["authorization"] = {"user": need.user, "password": deployment.settlement.password(need.name)}
    room.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    settings = room.data / "nats.conf"
    state.write(settings, json.dumps(told))  # which its own format takes as it is
    return Program(
        argv=(str(server), "--config", str(settings)),
        environment=way(),
        folder=room.data,
        version=version,
        detail=difference(need, version),
    )


def client_path(deployment: Deployment, service: Service) -> tuple[Path, ...]:
    """The folder of the server, where its client is too if there is one."""
    return (_server(deployment.stack.needs[service.name]).parent,)


def _server(need: Need) -> Path:
    return installed.program(need, ("nats-server",), "nats-server")
