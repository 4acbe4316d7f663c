"""A program of the native engine: command, environment, folder and prerequisites."""

import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from localenv.engines import Deployment, Say
from localenv.stack import Need, Service


@dataclass(frozen=True, kw_only=True)
class Program:
    """One process to start; `version` is the running version, if it can differ from the requested one."""

    argv: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)  # complete: nothing is inherited
    folder: Path
    stop: int = signal.SIGTERM
    patience: float | None = None  # seconds between SIGTERM and SIGKILL; None: the default
    keeps_input: bool = False  # its standard input stays open without data
    version: str | None = None
    detail: str = ""  # a note for the user, such as ignored settings
    background: tuple["Program", ...] = ()  # programs that speed up the next start; run at idle priority


@dataclass(frozen=True, kw_only=True)
class Room:
    """The resources of one native service: a private folder for its data, and its address."""

    data: Path
    host: str
    port: int


class NativeKind(Protocol):
    """The interface of a module that runs a backing service, or the stub server, as a process on this machine."""

    def program(self, deployment: Deployment, service: Service, room: Room, say: Say) -> Program:
        """Prepare the prerequisites (cached data, an archive) and return the program to start.

        Raises EngineError naming the package to install, or `--engine compose`, if this machine cannot run it.
        """


class NativeNeed(NativeKind, Protocol):
    """The interface of a module that runs a backing service."""

    @property
    def client_path(self) -> Callable[[Need, Path], tuple[Path, ...]] | None:
        """Finds the folders with its clients (`psql`), first on PATH for commands that use it; None if it has none.

        It is called with the need, and the folder of its data.
        """

    def version(self, need: Need, data: Path) -> str:
        """The version that would run on the data in `data`; empty if unknown.

        Raises EngineError naming what to install, or `--engine compose`, if this machine cannot run it.
        """

    def to_install(self, need: Need) -> str:
        """How to install the requested version, and the alternative: the hint of an error."""
