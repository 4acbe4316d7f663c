"""RabbitMQ as a process on this machine, from a local installation."""

import os
import signal
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from shlex import quote

from localenv.engines import Deployment, Say
from localenv.engines.native.environment import way
from localenv.engines.native.kinds import installed, versions
from localenv.engines.native.program import Program, Room
from localenv.host import files
from localenv.host.loopback import free_port
from localenv.needs import rabbitmq
from localenv.stack import Need, Reader, Service

_INSIDE = Path("/usr/lib/rabbitmq/bin")  # the one on Debian's PATH switches to another user, who cannot access the data
_TOOLS = ("rabbitmqctl", *(f"rabbitmq-{name}" for name in ("diagnostics", "plugins", "queues", "streams", "upgrade")))
_TOOLS_FOLDER = "tools"  # in its private folder
_ON_THIS_MACHINE = "-kernel inet_dist_use_interface {127,0,0,1}"


def program(deployment: Deployment, service: Service, room: Room, say: Say) -> Program:
    """Run the server with a separate Erlang name server, independent of the system's."""
    need = deployment.stack.needs[service.name]
    server = _server(need)
    running = version(need, room.data)
    room.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    given = deployment.resolution.text(rabbitmq.settings(need), Reader.INSIDE, need.name)
    management = _management(deployment, need)
    files.write(room.data / "rabbitmq.conf", _settings(room) + management + given)
    files.write(room.data / "advanced.config", _login(need.user, deployment.resolution.password(need.name)))
    files.write(room.data / "enabled_plugins", "[rabbitmq_management].\n" if management else "[].\n")
    node = _node(deployment.identity, need, room.data)
    _write_cookie(room.data / ".erlang.cookie")
    _write_tools(server.parent, room.data / _TOOLS_FOLDER, node)
    return Program(
        argv=(str(server),),
        environment=way() | node | _server_alone(),
        folder=room.data,
        stop=signal.SIGTERM if need.keep else signal.SIGKILL,  # a clean shutdown takes a second
        version=running,
        detail=versions.difference(need, running),
    )


def client_path(need: Need, data: Path) -> tuple[Path, ...]:
    """The folder of wrappers that know its node, then that of its tools."""
    return (data / _TOOLS_FOLDER, _server(need).parent)


def version(need: Need, data: Path) -> str:
    """The version in the name of its code folder."""
    return _version(_server(need))


def to_install(need: Need) -> str:
    """The system's package."""
    return versions.to_install(need, "RabbitMQ")


def _server(need: Need) -> Path:
    if (_INSIDE / "rabbitmq-server").is_file():
        return _INSIDE / "rabbitmq-server"
    return installed.program(need, ("rabbitmq-server",), "rabbitmq-server")


def _version(server: Path) -> str:
    """The version in the name of its code folder: running it takes a second."""
    places = (server.parent.parent, server.resolve().parent.parent)
    found = (path.name for place in places for path in sorted(place.glob("**/rabbit-[0-9]*")) if path.suffix != ".ez")
    return next((name.removeprefix("rabbit-") for name in found), "")


def _settings(room: Room) -> str:
    lines = (
        f"listeners.tcp.local = {room.host}:{room.port}",
        "default_permissions.configure = .*",
        "default_permissions.read = .*",
        "default_permissions.write = .*",
        "default_user_tags.administrator = true",
        "loopback_users = none",
        "log.console = true",
        "log.file = false",
    )
    return "\n".join(lines) + "\n"


def _management(deployment: Deployment, need: Need) -> str:
    """The lines for its page and API, if the description asks for them."""
    if not rabbitmq.further(need.version):
        return ""
    host, port = deployment.resolution.place.address(Reader.INSIDE, f"{need.name}.{rabbitmq.MANAGEMENT}")
    return f"management.tcp.ip = {host}\nmanagement.tcp.port = {port}\n"


def _login(user: str, password: str) -> str:
    """The login as Erlang terms, byte by byte: the other configuration file cannot contain `#`."""
    login = {"default_user": user, "default_pass": password}
    terms = (f"{{{key}, <<{','.join(map(str, text.encode()))}>>}}" for key, text in login.items())
    return f"[{{rabbit, [{', '.join(terms)}]}}].\n"


def _node(identity: str, need: Need, data: Path) -> dict[str, str]:
    """The variables that the server and its tools must share."""
    name = sha256(f"{identity}\0{need.name}".encode()).hexdigest()[:12]
    return {
        "HOME": str(data),  # Erlang stores the cookie here
        "RABBITMQ_HOME_DIR": str(data),
        "RABBITMQ_NODENAME": f"localenv-{name}@localhost",
        "RABBITMQ_CONFIG_FILE": str(data / "rabbitmq.conf"),
        "RABBITMQ_CONF_ENV_FILE": str(data / "none"),
        "RABBITMQ_ADVANCED_CONFIG_FILE": str(data / "advanced.config"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(data / "enabled_plugins"),
        "RABBITMQ_MNESIA_BASE": str(data / "mnesia"),
        "RABBITMQ_LOG_BASE": str(data / "log"),
        "RABBITMQ_PID_FILE": str(data / "pid"),
        "RABBITMQ_GENERATED_CONFIG_DIR": str(data / "generated"),
        "RABBITMQ_CTL_ERL_ARGS": _ON_THIS_MACHINE,
        "ERL_EPMD_PORT": str(free_port()),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "ERL_MAX_PORTS": "65536",
    }


def _server_alone() -> dict[str, str]:
    threads = "+S 2:2 +sbwt none" if (os.cpu_count() or 2) > 2 else "+sbwt none"
    return {
        "RABBITMQ_DIST_PORT": str(free_port()),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"{threads} {_ON_THIS_MACHINE}",
        "RUNNING_UNDER_SYSTEMD": "true",  # makes its script exec the server
    }


def _write_cookie(file: Path) -> None:
    """Write what its tools log in with, and with it every user of this machine: Erlang's own can be guessed."""
    if not file.exists():
        files.write(file, token_hex(32))
        file.chmod(0o400)


def _write_tools(there: Path, folder: Path, node: Mapping[str, str]) -> None:
    """Write wrappers of the same names that connect to the node."""
    variables = "".join(f"export {name}={quote(value)}\n" for name, value in node.items())
    folder.mkdir(exist_ok=True)
    for tool in (there / name for name in _TOOLS):
        if tool.is_file():
            files.write(folder / tool.name, f'#!/bin/sh\n{variables}exec {quote(str(tool))} "$@"\n')
            (folder / tool.name).chmod(0o700)
