"""What was read from files, in memory until they change: a command looks at each file several times."""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

_RECENT = 1_000_000_000  # ns since a file was saved: a second save this soon might not show in its times

Value = TypeVar("Value")
_State = tuple[int, int, int, int, int]


class _Held(NamedTuple, Generic[Value]):
    state: _State
    size: int
    value: Value


class Unchanged(Generic[Value]):
    """The values of files, up to `most` in total by their size; once full, others are read each time."""

    def __init__(self, read: Callable[[Path], Value], size: Callable[[Value], int], most: int) -> None:
        self._read, self._size, self._left = read, size, most
        self._held: dict[Path, _Held[Value]] = {}

    def of(self, file: Path) -> Value:
        """The value of a file, read again only if it has changed; raises whatever reading raises."""
        state = _state(file)
        held = self._held.get(file)
        if held and held.state == state:
            return held.value
        value = self._read(file)
        if held := self._held.pop(file, None):
            self._left += held.size
        size = self._size(value)
        if state and size <= self._left:
            self._held[file] = _Held(state, size, value)
            self._left -= size
        return value


def _state(file: Path) -> _State | None:
    """What changes when a file is saved; None for one that was saved just now, or is not there."""
    with suppress(OSError):
        found = os.stat(file)  # noqa: PTH116 - thousands
        if max(found.st_mtime_ns, found.st_ctime_ns) < time.time_ns() - _RECENT:
            return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino, found.st_dev
    return None
