"""Redis, or Valkey, as a process on this machine, from a package or a local installation."""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from shlex import quote

from localenv.engines import Deployment, Say
from localenv.engines.native import scripts
from localenv.engines.native.environment import way
from localenv.engines.native.kinds.redis.installations import CLIENTS, SOURCES, Server, client, fitting
from localenv.engines.native.kinds.sources import bringing
from localenv.engines.native.kinds.versions import difference
from localenv.engines.native.program import Program, Room
from localenv.host import files
from localenv.needs.failures import SETTING
from localenv.needs.images import words
from localenv.needs.versions import numbers
from localenv.stack import Command, Need, Reader, Service

_PROMPT = words("--hz", "50")  # how many times a second it checks for a shutdown
_TOOLS = "tools"  # in its private folder
_OWN_USER = "localenv"
# They write files or load programs as this user, or make it a replica of another server. EVAL, SCRIPT, FUNCTION and
# MIGRATE stay, which programs need: they do to data what the other commands do. SAVE writes into its own folder alone,
# whose name only CONFIG could change, and CLUSTER is refused by a server that is no cluster. SHUTDOWN is for localenv
_REFUSED = ("acl", "config", "debug", "module", "replicaof", "slaveof", "psync", "shutdown", "sync")
_REFUSED_TO_ALL = ("monitor",)  # where every user of this machine gets in: it shows what others send
_NEWER = ("failover",)  # since _WITH_CHANNELS
_WITH_ACL, _WITH_CHANNELS = (6,), (6, 2)  # the first versions with user permissions, and with those of channels


def program(deployment: Deployment, service: Service, room: Room, say: Say) -> Program:
    """Run the server with a configuration file: a command line is visible to every user of this machine."""
    need = deployment.stack.needs[service.name]
    server = fitting(need)
    own = words("--bind", room.host, "--port", str(room.port), "--dir", str(room.data), "--daemonize", "no")
    command = (*_PROMPT, *(service.command or ())[1:], *own)
    arguments = deployment.resolution.argv(command, Reader.INSIDE, service.name)
    room.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    settings = room.data / "redis.conf"
    password = "" if need.is_open else deployment.resolution.password(need.name)
    own_password = token_hex(24)
    files.write(settings, _settings(command, arguments) + _rights(server, password, own_password))
    _write_clients(server, room, own_password)
    return Program(
        argv=(str(server.program), str(settings)),
        environment=way(),
        folder=room.data,
        version=server.title,
        detail=difference(need, server.title),
    )


def client_path(need: Need, data: Path) -> tuple[Path, ...]:
    """The folder of its client's wrappers, then the server's folder."""
    return (data / _TOOLS, fitting(need).program.parent)


def version(need: Need, data: Path) -> str:
    """The version of the matching server."""
    return fitting(need).title


def to_install(need: Need) -> str:
    """The packages that provide Redis itself in that version, or the system's."""
    wanted = numbers(need.version)
    packages = [f"pip install {one.name}" for one in bringing(SOURCES, wanted[0]) if not one.server] if wanted else []
    return ", or ".join([*packages, f"install Redis {need.version} on this machine", "use --engine compose"])


def _write_clients(server: Server, room: Room, own_password: str) -> None:
    """Write wrappers of the client's names with this server as default: call the installed one, else localenv's.

    One more logs in as localenv's own user. None but the user can read them.
    """
    there = client(server)
    argv = (str(there),) if there else scripts.argv("redis_cli")
    folder = room.data / _TOOLS
    folder.mkdir(exist_ok=True, mode=0o700)
    line = " ".join(map(quote, (*argv, "-h", room.host, "-p", str(room.port))))
    for name in CLIENTS:
        _write_script(folder / name, f'exec {line} "$@"')
    login = f"REDISCLI_AUTH={own_password} VALKEYCLI_AUTH={own_password}"
    _write_script(folder / f"redis-cli{SETTING}", f'{login} exec {line} --user {_OWN_USER} "$@"')


def _write_script(file: Path, line: str) -> None:
    files.write(file, f"#!/bin/sh\n{line}\n")
    file.chmod(0o700)


def _settings(command: Command, arguments: Sequence[str]) -> str:
    """Convert `--save 86400 1` to a configuration line `save "86400" "1"`; a resolved value never adds an option."""
    lines: list[list[str]] = []
    for template, word in zip(command, arguments, strict=True):
        if word.startswith("--") and not template.references:
            lines.append([word.removeprefix("--")])
        else:
            lines[-1].append(_quoted(word))
    return "\n".join(map(" ".join, lines)) + "\n"


def _rights(server: Server, password: str, own_password: str) -> str:
    """Client permissions: everything except writing outside of its folder, because it runs as this user.

    A user of localenv's own changes settings, for failures on demand.
    """
    always = (*_REFUSED, *(() if password else _REFUSED_TO_ALL))
    if server.compatible < _WITH_ACL:
        return "".join(f'rename-command {name} ""\n' for name in always if name != "acl")
    secret = _hashed(password) if password else "nopass"
    is_newer = server.compatible >= _WITH_CHANNELS
    channels = ("&*",) if is_newer else ()
    refused = (f"-{name}" for name in (*always, *(_NEWER if is_newer else ())))
    rights = " ".join(("user default on", secret, "~*", *channels, "+@all", *refused, "+acl|whoami"))
    return f"{rights}\nuser {_OWN_USER} on {_hashed(own_password)} +config|set\n"


def _hashed(password: str) -> str:
    return f"#{sha256(password.encode(errors='surrogateescape')).hexdigest()}"


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + escaped.replace("\n", "\\n").replace("\r", "\\r") + '"'
