"""The time limit of a start: it counts waiting time, and pauses during builds, downloads and jobs."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock

from localenv.environment.up.clock import Clock


@dataclass(kw_only=True)
class TimeLimit:
    """The seconds that all services of a start have together, without builds, downloads and jobs."""

    seconds: float
    clock: Clock = field(default_factory=Clock)
    _spent: float = 0.0
    _since: float | None = None  # when counting (re)started; None while paused or before the beginning
    _pauses: int = 0
    _lock: Lock = field(default_factory=Lock)

    def begin(self) -> None:
        """Start counting."""
        with self._lock:
            self._since = self.clock.now()

    @property
    def is_reached(self) -> bool:
        """Whether the time is used up."""
        with self._lock:
            return self._counted() >= self.seconds

    @property
    def is_paused(self) -> bool:
        """Whether something that does not count goes on now."""
        with self._lock:
            return self._pauses > 0

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Pause inside the block; blocks may overlap."""
        with self._lock:
            self._spent, self._since = self._counted(), None
            self._pauses += 1
        try:
            yield
        finally:
            with self._lock:
                self._pauses -= 1
                if not self._pauses:
                    self._since = self.clock.now()

    def _counted(self) -> float:
        return self._spent + (0.0 if self._since is None else self.clock.now() - self._since)
