"""A program's output in a file: each line with its time, in at most two files of ten mebibytes.

A file that follows others begins with the number of lines before it, so that a reader can count those it has missed.
"""

import os
import time
from contextlib import suppress
from pathlib import Path

LARGEST = 10 << 20  # bytes
COUNT = b"#"  # begins the line with the number of earlier lines; other lines begin with a digit
_LONGEST = 4 << 20  # bytes of a line; a longer one is split, so that memory is bounded


def older(file: Path) -> Path:
    """The file with the previous lines after a rotation."""
    return file.with_name(f"{file.name}.1")


class Log:
    """Appends lines as `SECONDS-OF-THE-EPOCH TEXT`; a full disk only loses lines."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._pending = b""
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lines = _counted(file)
        self._opened = self._open()

    def feed(self, chunk: bytes) -> list[bytes]:
        """Add a piece of output; returns the lines that it completes."""
        *whole, self._pending = (self._pending + chunk).split(b"\n")
        if len(self._pending) > _LONGEST:
            whole, self._pending = [*whole, self._pending], b""
        if whole:
            self._write(whole)
        return whole

    def close(self) -> list[bytes]:
        """Returns the last line, if it is unterminated."""
        rest = [self._pending] if self._pending else []
        self._write(rest)
        self._pending = b""
        os.close(self._opened)
        return rest

    def _write(self, lines: list[bytes]) -> None:
        stamp = b"%.6f " % time.time()
        self._lines += len(lines)
        with suppress(OSError):
            os.write(self._opened, b"".join(stamp + line.rstrip(b"\r") + b"\n" for line in lines))
            if os.fstat(self._opened).st_size > LARGEST:
                self.file.replace(older(self.file))
                full, self._opened = self._opened, self._open()
                os.close(full)
                os.write(self._opened, b"%s%d\n" % (COUNT, self._lines))

    def _open(self) -> int:
        return os.open(self.file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _counted(file: Path) -> int:
    """The number of lines up to the end of a file, which a restarted program continues."""
    with suppress(OSError, ValueError), file.open("rb") as opened:
        first = opened.readline()
        before = int(first.removeprefix(COUNT)) if first.startswith(COUNT) else len(first[:1])
        return before + sum(1 for _ in opened)
    return 0
