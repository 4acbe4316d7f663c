"""RabbitMQ as a process of this machine, of its own installation."""

import os
import signal
import socket
from hashlib import sha256
from pathlib import Path

from localenv import state
from localenv.engines import Deployment, Say
from localenv.engines.native.environment import way
from localenv.engines.native.kinds import installed
from localenv.engines.native.kinds.versions import difference
from localenv.engines.native.program import Program, Room
from localenv.stack import Need, Service

_INSIDE = Path("/usr/lib/rabbitmq/bin")  # the one on Debian's PATH becomes a user of its own, who owns no data here


def program(deployment: Deployment, service: Service, room: Room, say: Say) -> Program:
    """The server with a name server of Erlang's own beside it, which shares nothing with the machine's."""
    need = deployment.stack.needs[service.name]
    server = _server(need)
    version = _version(server)
    room.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    settings = room.data / "rabbitmq.conf"
    state.write(settings, _settings(need, deployment.settlement.password(need.name), room))
    state.write(room.data / "enabled_plugins", "[].\n")
    return Program(
        argv=(str(server),),
        environment=way() | _environment(deployment.identity, need, room, settings),
        folder=room.data,
        stop=signal.SIGTERM if need.keep else signal.SIGKILL,  # to end by itself takes it a second
        version=version,
        detail=difference(need, version),
    )


def client_path(deployment: Deployment, service: Service) -> tuple[Path, ...]:
    """The folder of its tools."""
    return (_server(deployment.stack.needs[service.name]).parent,)


def _server(need: Need) -> Path:
    if (_INSIDE / "rabbitmq-server").is_file():
        return _INSIDE / "rabbitmq-server"
    return installed.program(need, ("rabbitmq-server",), "rabbitmq-server")


def _version(server: Path) -> str:
    """Of the folder its code is in: asking it takes a second."""
    places = (server.parent.parent, server.resolve().parent.parent)
    found = (path.name for place in places for path in sorted(place.glob("**/rabbit-[0-9]*")) if path.suffix != ".ez")
    return next((name.removeprefix("rabbit-") for name in found), "")


def _settings(need: Need, password: str, room: Room) -> str:
    lines = (
        f"listeners.tcp.local = {room.host}:{room.port}",
        f"default_user = {need.user}",
        f"default_pass = {password}",
        "default_permissions.configure = .*",
        "default_permissions.read = .*",
        "default_permissions.write = .*",
        "default_user_tags.administrator = true",
        "loopback_users = none",
        "log.console = true",
        "log.file = false",
    )
    return "\n".join(lines) + "\n"


def _environment(identity: str, need: Need, room: Room, settings: Path) -> dict[str, str]:
    name = sha256(f"{identity}\0{need.name}".encode()).hexdigest()[:12]
    threads = "+S 2:2 +sbwt none" if (os.cpu_count() or 2) > 2 else "+sbwt none"
    return {
        "HOME": str(room.data),  # where Erlang keeps the cookie
        "RABBITMQ_HOME_DIR": str(room.data),
        "RABBITMQ_NODENAME": f"localenv-{name}@localhost",
        "RABBITMQ_CONFIG_FILE": str(settings),
        "RABBITMQ_CONF_ENV_FILE": str(room.data / "none"),
        "RABBITMQ_ADVANCED_CONFIG_FILE": str(room.data / "none.config"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(room.data / "enabled_plugins"),
        "RABBITMQ_MNESIA_BASE": str(room.data / "mnesia"),
        "RABBITMQ_LOG_BASE": str(room.data / "log"),
        "RABBITMQ_PID_FILE": str(room.data / "pid"),
        "RABBITMQ_GENERATED_CONFIG_DIR": str(room.data / "generated"),
        "RABBITMQ_DIST_PORT": str(_free()),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"{threads} -kernel inet_dist_use_interface {{127,0,0,1}}",
        "ERL_EPMD_PORT": str(_free()),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "ERL_MAX_PORTS": "65536",
        "RUNNING_UNDER_SYSTEMD": "true",  # its script becomes the server, and does not stay beside it
    }


def _free() -> int:
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        return int(opened.getsockname()[1])
