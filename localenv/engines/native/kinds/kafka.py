"""Kafka as a process on this machine, from a local installation."""

import os
from pathlib import Path
from shlex import join

from localenv.engines import Deployment, Say
from localenv.engines.native.environment import way
from localenv.engines.native.kinds import installed, versions
from localenv.engines.native.program import Program, Room
from localenv.errors import EngineError
from localenv.host import files
from localenv.host.loopback import free_port
from localenv.needs import kafka
from localenv.stack import Need, Reader, Service

_START = ("kafka-server-start.sh", "kafka-server-start")
_CLUSTER = "bG9jYWxlbnYta2Fma2EtMQ"  # any UUID of 22 characters
_USUAL = (Path("/opt/kafka/bin"), Path("/usr/local/kafka/bin"))


def program(deployment: Deployment, service: Service, room: Room, say: Say) -> Program:
    """Run the broker, in a folder that is prepared first: twice does no harm."""
    need = deployment.stack.needs[service.name]
    server, running = _server(need), version(need, room.data)
    room.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    settings = room.data / "server.properties"
    given = deployment.resolution.text(kafka.settings(need), Reader.INSIDE, need.name)
    files.write(settings, _settings(room) + given)
    storage = server.with_name(server.name.replace("server-start", "storage"))
    prepare = join((str(storage), "format", "--ignore-formatted", "-t", _CLUSTER, "-c", str(settings)))
    return Program(
        argv=("/bin/sh", "-c", f"{prepare} && exec {join((str(server), str(settings)))}"),
        environment=way() | {"LOG_DIR": str(room.data / "logs"), "KAFKA_HEAP_OPTS": "-Xmx512m -Xms128m"},
        folder=room.data,
        version=running,
        detail=versions.difference(need, running),
    )


def client_path(need: Need, data: Path) -> tuple[Path, ...]:
    """The folder of its scripts."""
    return (_server(need).parent,)


def version(need: Need, data: Path) -> str:
    """The version in the name of its library: running it takes a second."""
    server = _server(need)
    found = (path.stem for path in sorted((server.resolve().parent.parent / "libs").glob("kafka-clients-[0-9]*.jar")))
    return next((name.removeprefix("kafka-clients-") for name in found), "")


def to_install(need: Need) -> str:
    """Apache's archive."""
    return versions.to_install(need, "Kafka")


def _settings(room: Room) -> str:
    controller = free_port()
    address = f"INSIDE://{room.host}:{room.port}"
    options = {
        **kafka.SINGLE,
        "listeners": f"{address},CONTROLLER://127.0.0.1:{controller}",
        "advertised.listeners": address,
        "controller.quorum.voters": f"1@127.0.0.1:{controller}",
        "log.dirs": str(room.data / "data"),
    }
    return "".join(f"{name}={value}\n" for name, value in options.items())


def _server(need: Need) -> Path:
    home = os.environ.get("KAFKA_HOME", "")
    for folder in (*([Path(home) / "bin"] if home else []), *_USUAL):
        if (folder / _START[0]).is_file():
            return folder / _START[0]
    try:
        return installed.program(need, _START, "kafka")
    except EngineError as error:
        hint = "unpack Kafka from kafka.apache.org, set KAFKA_HOME to its folder, or use --engine compose"
        raise EngineError(error.message, hint=hint) from error
