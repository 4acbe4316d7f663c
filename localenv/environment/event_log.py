"""An environment's events as they happen: told to a listener, and appended to its state for who comes later."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from itertools import count
from threading import Lock

from localenv import paths, redaction
from localenv.events import Event, Listener, Phase, State


def nobody(event: Event) -> None:
    """A listener that hears nothing."""


@dataclass(kw_only=True)
class EventLog:
    """Tells what happens to one environment; any thread may tell."""

    environment: str
    listener: Listener
    spans: dict[tuple[Phase, str], tuple[float, float]] = field(default_factory=dict)  # of what is done, monotonic
    _numbers: Iterator[int] = field(init=False)
    _lock: Lock = field(default_factory=Lock)
    is_over: bool = False  # from now on nothing is told but the removal

    def __post_init__(self) -> None:
        self._numbers = count(_last(self.environment) + 1)

    def emit(self, phase: Phase, subject: str, state: State, detail: str = "", seconds: float | None = None) -> None:
        """One event."""
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
            )
            if seconds is not None:
                self.spans[phase, subject] = (time.monotonic() - seconds, time.monotonic())
            if phase is not Phase.LOG:
                self._append(event)
            self._hear(event)

    @contextmanager
    def step(self, phase: Phase, subject: str, detail: str = "") -> Iterator[None]:
        """Tell that something is being done, then that it is done or has failed."""
        self.emit(phase, subject, State.WORKING, detail)
        began = time.monotonic()
        try:
            yield
        except BaseException:
            self.emit(phase, subject, State.FAILED, detail)
            raise
        self.emit(phase, subject, State.DONE, detail, time.monotonic() - began)

    def output(self, subject: str, line: str) -> None:
        """One line of somebody's output."""
        self.emit(Phase.LOG, subject, State.WORKING, line)

    def close(self) -> None:
        """It is over: threads that still work on it are not heard."""
        self.is_over = True

    def _hear(self, event: Event) -> None:
        """That nobody listens any more keeps nobody from removing."""
        with suppress(OSError) if event.phase is Phase.REMOVE else nullcontext():
            self.listener(event)

    def _append(self, event: Event) -> None:
        """Where there is a place for it: a full disk, or an environment that is gone, loses events and nothing else."""
        file = paths.events(self.environment)
        with suppress(OSError):
            file.touch(mode=0o600)
            with file.open("a") as opened:
                opened.write(json.dumps(event.document()) + "\n")


def _last(environment: str) -> int:
    """The number of the last event that was written down: the story goes on from there."""
    try:
        return int(json.loads(paths.events(environment).read_text().splitlines()[-1])["seq"])
    except (OSError, ValueError, LookupError):
        return 0
