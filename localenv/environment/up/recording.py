"""Record the progress of a start on disk after every step, for later commands."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from localenv import state
from localenv.state import Record


@dataclass(kw_only=True)
class Recorder:
    """Records what threads have done, until it is closed."""

    record: Record
    _lock: Lock = field(default_factory=Lock)
    _is_closed: bool = False

    def update(self, **changes: Any) -> None:
        """Change some values."""
        self._change(lambda record: record.but(**changes))

    def add(self, **digests: Mapping[str, str]) -> None:
        """Add digests of `components`, `jobs` or `builds` that are done."""

        def added(record: Record) -> Record:
            return record.but(**{name: {**getattr(record, name), **new} for name, new in digests.items()})

        self._change(added)

    def started(self, names: Iterable[str]) -> None:
        """Mark services as started but not ready, even if this start fails."""
        self._change(lambda record: record.but(unready=tuple(sorted({*record.unready, *names}))))

    def ready(self, names: Iterable[str]) -> None:
        """Mark services as ready."""
        gone = set(names)
        self._change(lambda record: record.but(unready=tuple(name for name in record.unready if name not in gone)))

    def drop(self, digests: str, is_gone: Callable[[str], bool]) -> None:
        """Remove digests that are no longer valid, even if this start fails."""

        def left(record: Record) -> Record:
            done: Mapping[str, str] = getattr(record, digests)
            return record.but(**{digests: {name: digest for name, digest in done.items() if not is_gone(name)}})

        self._change(left)

    def close(self) -> None:
        """Stop recording: threads that still run must not change the record."""
        with self._lock:
            self._is_closed = True

    def _change(self, change: Callable[[Record], Record]) -> None:
        with self._lock:
            if self._is_closed:
                return
            self.record = change(self.record)
            state.save(self.record)


def only(digests: Mapping[str, str], *names: str) -> dict[str, str]:
    """The digests with these names."""
    return {name: digests[name] for name in names if name in digests}
