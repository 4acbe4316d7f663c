"""Moments in the future that a change of the system clock does not move."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from localenv.host import kernel


@dataclass(frozen=True, kw_only=True)
class Deadline:
    """A moment: `until` in seconds since the epoch, `since_boot` in seconds since the boot with that id."""

    until: float
    since_boot: float
    boot: str

    @property
    def left(self) -> float:
        """Seconds left, below 0 afterwards; by the clock if the machine was restarted."""
        return self.since_boot - kernel.since_boot() if self.boot == kernel.boot() else self.until - time.time()


def after(seconds: float) -> Deadline:
    """The moment in that many seconds."""
    return Deadline(until=time.time() + seconds, since_boot=kernel.since_boot() + seconds, boot=kernel.boot())


def of_record(document: Mapping[str, Any]) -> Deadline | None:
    """The moment in a record: its `deadline`, or only `until`, as older versions have it; None if it has none."""
    if document.get("until") is None:
        return None
    known = document.get("deadline") or {"since_boot": 0.0, "boot": "unknown", "until": document["until"]}
    return Deadline(**known)
