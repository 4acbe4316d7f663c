"""The logs of programs, from the guard's files, merged by time."""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from localenv import paths
from localenv.engines import LogLine
from localenv.guard.log import older
from localenv.host.waiting import looks

_PAUSE = 0.03  # seconds between checks for new lines
_CHUNK = 1 << 20
_SUFFIX = ".log"


def lines(
    identity: str, names: Sequence[str], *, since: float | None, tail: int | None, follow: bool
) -> Iterator[LogLine]:
    """Lines of the named programs (default: all), oldest first; follows until the environment ends."""
    folder = paths.logs(identity)
    followed: dict[str, _Followed] = {}
    waiting: list[LogLine] = []
    for _ in looks(pause=_PAUSE):
        looked, goes_on = time.time(), follow and folder.is_dir()
        for name in _names(folder, names):
            one = followed.setdefault(name, _Followed(file=paths.log(identity, name), name=name))
            waiting += one.read(since, tail)
        waiting.sort(key=lambda line: line.time)
        # newer lines wait for earlier ones of other programs that were not written yet when their file was read
        shown = [line for line in waiting if line.time < looked or not goes_on]
        yield from shown
        if not goes_on:
            return
        waiting = waiting[len(shown) :]
        tail = None  # later output is shown from its first line


def _names(folder: Path, wanted: Sequence[str]) -> list[str]:
    with suppress(OSError):
        written = sorted(entry.stem for entry in folder.iterdir() if entry.suffix == _SUFFIX)
        return [name for name in written if (name in wanted if wanted else not name.startswith("."))]
    return []


@dataclass(kw_only=True)
class _Followed:
    """One program's files, with the read position."""

    file: Path
    name: str
    offset: int = 0
    inode: int | None = None
    pending: bytes = field(default=b"", repr=False)

    def read(self, since: float | None, tail: int | None) -> list[LogLine]:
        """The lines since the last read."""
        found = [line for line in map(self._parsed, self._raw()) if since is None or line.time >= since]
        return found if tail is None else found[len(found) - min(tail, len(found)) :]

    def _raw(self) -> list[bytes]:
        chunk = b""
        with suppress(OSError):
            if self.inode is None and older(self.file).exists():
                chunk = older(self.file).read_bytes()
            with self.file.open("rb") as opened:
                status = os.fstat(opened.fileno())
                if self.inode is not None and status.st_ino != self.inode:
                    chunk += self._rest_of_older()
                if status.st_ino != self.inode:
                    self.inode, self.offset = status.st_ino, 0
                opened.seek(self.offset)
                read = opened.read()
                self.offset += len(read)
                chunk += read
        *whole, self.pending = (self.pending + chunk).split(b"\n")
        return whole

    def _rest_of_older(self) -> bytes:
        with suppress(OSError), older(self.file).open("rb") as opened:
            if os.fstat(opened.fileno()).st_ino == self.inode:
                opened.seek(self.offset)
                return opened.read()
        return b""

    def _parsed(self, raw: bytes) -> LogLine:
        stamp, _, text = raw.decode(errors="replace").partition(" ")
        try:
            return LogLine(time=float(stamp), service=self.name, text=text)
        except ValueError:
            return LogLine(time=0.0, service=self.name, text=raw.decode(errors="replace"))
