"""What makes a stack run: the protocol, and the one dict that names the engines."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from localenv.process import Completed, Invocation
from localenv.stack import Job, Stack


class Reader(StrEnum):
    """Where the one who reads an address sits."""

    INSIDE = "inside"  # in a place of the environment
    MACHINE = "machine"  # on this machine


class Condition(StrEnum):
    """What an engine sees of something that runs or ran."""

    CREATED = "created"
    RUNNING = "running"
    PAUSED = "paused"
    RESTARTING = "restarting"
    EXITED = "exited"


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One service as the engine sees it now."""

    name: str
    role: str
    condition: Condition
    id: str = ""
    image: str = ""
    exit_code: int | None = None
    out_of_memory: bool = False
    restarts: int = 0
    ports: Mapping[int, int] = field(default_factory=dict)  # target → published on this machine


@dataclass(frozen=True, kw_only=True)
class Observed:
    """What exists of one environment."""

    services: Mapping[str, Seen] = field(default_factory=dict)
    others: tuple[str, ...] = ()  # what else it owns: networks, volumes, left-over jobs


@dataclass(frozen=True, kw_only=True)
class LogLine:
    """One line of somebody's output; `time` in seconds since the epoch."""

    time: float
    service: str
    text: str
