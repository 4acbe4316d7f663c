"""What happens to an environment, told in one vocabulary to whoever listens."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Phase(StrEnum):
    """What is being done to the subject."""

    PLAN = "plan"
    PULL = "pull"
    BUILD = "build"
    START = "start"
    READY = "ready"
    STUBS = "stubs"
    JOB = "job"
    SMOKE = "smoke"
    REMOVE = "remove"
    LOG = "log"  # `detail` is one line of the subject's output


class State(StrEnum):
    """How far it has come."""

    WAITING = "waiting"
    WORKING = "working"
    DONE = "done"
    UNCHANGED = "unchanged"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class Event:
    """One line of an environment's story; `time` in seconds since the epoch, `seconds` what the phase took."""

    seq: int
    time: float
    environment: str
    subject: str  # a service, a job, an upstream; empty for the environment itself
    phase: Phase
    state: State
    detail: str = ""
    seconds: float | None = None

    def document(self) -> dict[str, Any]:
        """The event as JSON: `{v, seq, time, environment, subject, phase, state, detail, seconds}`."""
        return {
            "v": 1, "seq": self.seq, "time": round(self.time, 3), "environment": self.environment,
            "subject": self.subject, "phase": self.phase, "state": self.state, "detail": self.detail,
            "seconds": None if self.seconds is None else round(self.seconds, 3),
        }  # fmt: skip


Listener = Callable[[Event], None]
