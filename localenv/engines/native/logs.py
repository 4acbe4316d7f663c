"""The logs of programs, from the guard's files, merged by time."""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

from localenv import paths
from localenv.engines import LogLine
from localenv.guard.log import COUNT, older
from localenv.host.waiting import Pauses

_PAUSE, _IDLE_PAUSE = 0.03, 0.25  # seconds between checks for new lines: while there are some, and later
_SUFFIX = ".log"


def lines(
    identity: str, names: Sequence[str], *, since: float | None, tail: int | None, follow: bool
) -> Iterator[LogLine]:
    """Lines of the named programs (default: all), oldest first; follows until the environment ends."""
    followed: dict[str, _Followed] = {}
    try:
        yield from _merged(identity, names, followed, since, tail, follow=follow)
    finally:
        for one in followed.values():
            one.close()


def _merged(
    identity: str,
    names: Sequence[str],
    followed: "dict[str, _Followed]",
    since: float | None,
    tail: int | None,
    *,
    follow: bool,
) -> Iterator[LogLine]:
    folder = paths.logs(identity)
    waiting: list[LogLine] = []
    pauses = Pauses(shortest=_PAUSE, longest=_IDLE_PAUSE)
    for _ in pauses.looks():
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
        if waiting:
            pauses.happened()
        waiting = waiting[len(shown) :]
        tail = None  # later output is shown from its first line


def _names(folder: Path, wanted: Sequence[str]) -> list[str]:
    with suppress(OSError):
        written = sorted(one.removesuffix(_SUFFIX) for one in os.listdir(folder) if one.endswith(_SUFFIX))  # noqa: PTH208
        return [name for name in written if (name in wanted if wanted else not name.startswith("."))]
    return []


@dataclass(kw_only=True)
class _Followed:
    """One program's files; the current one stays open, so that its rest can be read after it was replaced."""

    file: Path
    name: str
    opened: BinaryIO | None = field(default=None, repr=False)
    pending: bytes = field(default=b"", repr=False)
    number: int | None = None  # of lines up to the read position
    gone: int = 0  # lines before the first that is kept, which is yet to be read
    time: float = 0.0  # of the last line

    def close(self) -> None:
        """Close the file."""
        if self.opened:
            self.opened.close()

    def read(self, since: float | None, tail: int | None) -> list[LogLine]:
        """The lines since the last read, and a line in place of those that were dropped before they were read."""
        parsed = [line for raw in self._raw() for line in self._lines(raw)]
        found = [line for line in parsed if since is None or line.time >= since]
        return found if tail is None else found[len(found) - min(tail, len(found)) :]

    def _lines(self, raw: bytes) -> Iterator[LogLine]:
        if not raw.startswith(COUNT):
            self.number = (self.number or 0) + 1
            line = self._parsed(raw)
            self.time = line.time
            if gone := self.gone:
                self.gone = 0
                yield replace(line, text=f"[localenv: {gone} earlier lines are no longer kept]")
            yield line
            return
        with suppress(ValueError):
            before, self.number = self.number, int(raw.removeprefix(COUNT))
            if before is None:
                self.gone = self.number
            elif (missing := self.number - before) > 0:
                text = f"[localenv: {missing} lines are missing here: they were printed faster than they could be read]"
                yield LogLine(time=self.time, service=self.name, text=text)

    def _raw(self) -> list[bytes]:
        chunk = b""
        with suppress(OSError):
            chunk += self.opened.read() if self.opened else b""
            if self.opened is None or not _is_same(self.opened, self.file):
                chunk += self._next()
        *whole, self.pending = (self.pending + chunk).split(b"\n")
        return whole

    def _next(self) -> bytes:
        """The rest of a replaced file, the file after it if that was replaced too, and the current one."""
        new = self.file.open("rb")
        chunk = b""
        if self.opened:
            chunk += self.opened.read()
        if not (self.opened and _is_same(self.opened, older(self.file))) and not _is_same(new, older(self.file)):
            with suppress(OSError):
                chunk += older(self.file).read_bytes()
        self.close()
        self.opened = new
        return chunk + new.read()

    def _parsed(self, raw: bytes) -> LogLine:
        stamp, _, text = raw.decode(errors="replace").partition(" ")
        try:
            return LogLine(time=float(stamp), service=self.name, text=text)
        except ValueError:
            return LogLine(time=0.0, service=self.name, text=raw.decode(errors="replace"))


def _is_same(opened: BinaryIO, file: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(opened.fileno()), file.stat())
    except FileNotFoundError:
        return False
