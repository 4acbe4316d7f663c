"""Events of an environment, emitted to a listener and written to its event log."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count
from threading import Lock
from typing import Any

from localenv import paths, redaction


class Phase(StrEnum):
    """The action on the subject."""

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


class Progress(StrEnum):
    """The progress of a phase."""

    WAITING = "waiting"
    WORKING = "working"
    DONE = "done"
    UNCHANGED = "unchanged"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class Event:
    """One event of an environment; `time` in seconds since the epoch, `seconds` the duration of the phase."""

    seq: int
    time: float
    environment: str
    subject: str  # a service, a job, an upstream; empty for the environment itself
    phase: Phase
    state: Progress
    detail: str = ""
    seconds: float | None = None
    urls: Mapping[str, str] = field(default_factory=dict)  # by name, when the environment is ready

    def document(self) -> dict[str, Any]:
        """The event as JSON: `{v, seq, time, environment, subject, phase, state, detail, seconds}`, perhaps `urls`."""
        urls = {"urls": dict(self.urls)} if self.urls else {}
        return {
            "v": 1, "seq": self.seq, "time": round(self.time, 3), "environment": self.environment,
            "subject": self.subject, "phase": self.phase, "state": self.state, "detail": self.detail,
            "seconds": None if self.seconds is None else round(self.seconds, 3), **urls,
        }  # fmt: skip


Listener = Callable[[Event], None]


def ignore(event: Event) -> None:
    """A listener that does nothing."""


@dataclass(kw_only=True)
class EventLog:
    """Emits the events of one environment: to a listener, and to a file for later readers. Thread-safe."""

    environment: str
    listener: Listener
    spans: dict[tuple[Phase, str], tuple[float, float]] = field(default_factory=dict)  # of completed phases, monotonic
    _numbers: Iterator[int] = field(init=False)
    _lock: Lock = field(default_factory=Lock)
    is_over: bool = False  # from now on only removal events are emitted

    def __post_init__(self) -> None:
        self._numbers = count(_last(self.environment) + 1)

    def emit(
        self,
        phase: Phase,
        subject: str,
        state: Progress,
        detail: str = "",
        seconds: float | None = None,
        urls: Mapping[str, str] | None = None,
    ) -> None:
        """Emit one event."""
        with self._lock:
            if self.is_over and phase is not Phase.REMOVE:
                return
            event = Event(
                seq=next(self._numbers),
                time=time.time(),
                environment=self.environment,
                subject=subject,
                phase=phase,
                state=state,
                detail=redaction.redacted(detail),
                seconds=seconds,
                urls=urls or {},
            )
            if seconds is not None:
                self.spans[phase, subject] = (time.monotonic() - seconds, time.monotonic())
            if phase is not Phase.LOG:
                self._append(event)
            self._notify(event)

    @contextmanager
    def step(self, phase: Phase, subject: str, detail: str = "") -> Iterator[None]:
        """Emit that a phase is in progress, then that it is done or has failed."""
        self.emit(phase, subject, Progress.WORKING, detail)
        began = time.monotonic()
        try:
            yield
        except BaseException:
            self.emit(phase, subject, Progress.FAILED, detail)
            raise
        self.emit(phase, subject, Progress.DONE, detail, time.monotonic() - began)

    def output(self, subject: str, line: str) -> None:
        """Emit one line of a subject's output."""
        self.emit(Phase.LOG, subject, Progress.WORKING, line)

    def close(self) -> None:
        """Stop emitting events of threads that still run."""
        self.is_over = True

    def _notify(self, event: Event) -> None:
        """Call the listener; one that cannot write any more, because its pipe is closed, is ignored."""
        with suppress(OSError):
            self.listener(event)

    def _append(self, event: Event) -> None:
        """Append to the file, if possible: a full disk, or a removed environment, only loses events."""
        file = paths.events(self.environment)
        with suppress(OSError):
            file.touch(mode=0o600)
            with file.open("a") as opened:
                opened.write(json.dumps(event.document()) + "\n")


def _last(environment: str) -> int:
    """The number of the last recorded event: the next one follows it."""
    try:
        return int(json.loads(paths.events(environment).read_text().splitlines()[-1])["seq"])
    except (OSError, ValueError, LookupError):
        return 0
