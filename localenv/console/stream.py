"""Interleave the lines of services, each with name and colour."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from localenv.console.ink import Ink
from localenv.engines import LogLine

_PALETTE = (
    "cyan",
    "yellow",
    "green",
    "magenta",
    "blue",
    "bright_cyan",
    "bright_yellow",
    "bright_green",
    "bright_magenta",
    "bright_blue",
)


_LOCK = Lock()  # one terminal for all


@dataclass(kw_only=True)
class Stream:
    """Service output on standard output, messages of localenv on standard error."""

    names: Sequence[str]
    timestamps: bool = False
    prefix: str = ""  # of every name: tells environments apart

    def line(self, line: LogLine) -> None:
        """`name | text`, after the local time if enabled."""
        ink = Ink(sys.stdout)
        time = [ink(_shown(line.time), "dim")] if self.timestamps else []
        name = ink(f"{self.prefix}{line.service:{self._width}} |", self._colour(line.service))
        with _LOCK:
            print(*time, name, ink.safe(line.text), flush=True)

    def message(self, text: str) -> None:
        """A message of localenv between two log lines."""
        with _LOCK:
            sys.stdout.flush()
            print(f"{self.prefix.rstrip('/')}: {text}" if self.prefix else text, file=sys.stderr, flush=True)

    @property
    def _width(self) -> int:
        return max(map(len, self.names), default=0)

    def _colour(self, name: str) -> str:
        return _PALETTE[list(self.names).index(name) % len(_PALETTE)] if name in self.names else "dim"


def _shown(time: float) -> str:
    return datetime.fromtimestamp(time).astimezone().isoformat(timespec="milliseconds")


def json_line(line: LogLine) -> str:
    """The line as JSON: `{time, service, text}`, the time in seconds since the epoch."""
    return json.dumps({"time": round(line.time, 6), "service": line.service, "text": line.text})
