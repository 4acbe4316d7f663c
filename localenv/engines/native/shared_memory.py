"""The System V shared memory of killed PostgreSQL servers, on a machine without namespaces that would end it.

A server names its segment, `KEY ID`, in the seventh line of its lock file.
"""

import ctypes
import sys
from contextlib import suppress
from pathlib import Path

_LOCK_FILE, _LINE = "postmaster.pid", 6
_SEGMENTS = Path("/proc/sysvipc/shm")
_REMOVE = 0  # IPC_RMID


def release(folder: Path) -> None:
    """Remove the segment of a server with its data in `folder`, if no process uses it (Linux)."""
    if sys.platform != "linux":
        return
    with suppress(OSError, ValueError, IndexError):
        key, number = (folder / _LOCK_FILE).read_text().splitlines()[_LINE].split()
        if (key, number, "0") in _segments():
            ctypes.CDLL(None).shmctl(int(number), _REMOVE, None)


def _segments() -> set[tuple[str, str, str]]:
    """Key, id and number of users of every segment, as decimal numbers."""
    names, *rows = (line.split() for line in _SEGMENTS.read_text().splitlines())
    at = [names.index(name) for name in ("key", "shmid", "nattch")]
    return {(str(int(row[at[0]]) % (1 << 32)), row[at[1]], row[at[2]]) for row in rows}
