"""A program as the native engine runs it: what to start, where, and what has to be there first."""

import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from localenv.engines import Deployment, Say
from localenv.stack import Need, Service


@dataclass(frozen=True, kw_only=True)
class Program:
    """One process to start; `version` is what really runs, where that can differ from what was asked for."""

    argv: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)  # all of it: nothing is inherited
    folder: Path
    stop: int = signal.SIGTERM
    patience: float | None = None  # seconds from being told to end to being killed; None: as all others
    keeps_input: bool = False  # its standard input stays open, and nothing comes from it
    version: str | None = None
    detail: str = ""  # what a person should know, such as what is left out
    background: tuple["Program", ...] = ()  # makes the next start faster; gives way to everything


@dataclass(frozen=True, kw_only=True)
class Room:
    """Where one service lives natively: a private folder for its data, and the address it listens on."""

    data: Path
    host: str
    port: int


class NativeKind(Protocol):
    """What a module offers that runs a backing service, or the stub server, as a process of this machine."""

    def program(self, deployment: Deployment, service: Service, room: Room, say: Say) -> Program:
        """Make ready what it runs from (cached data, an archive) and say what to start.

        Raises EngineError naming the package to install, or `--engine compose`, where this machine cannot run it.
        """

    def client_path(self, deployment: Deployment, service: Service, data: Path) -> tuple[Path, ...]:
        """Folders that hold its clients (`psql`), first on PATH for commands in its place; `data` is its own."""


class NativeNeed(NativeKind, Protocol):
    """What a module offers that runs a backing service."""

    def version(self, need: Need, data: Path) -> str:
        """The version that would run on what `data` holds; empty where that is not known.

        Raises EngineError naming what to install, or `--engine compose`, where this machine cannot run it.
        """

    def to_install(self, need: Need) -> str:
        """What brings the version asked for, and the way without it: the hint of an error."""
