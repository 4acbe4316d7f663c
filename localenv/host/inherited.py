"""A mark that all descendants of a process inherit, also those that clear their environment (Linux).

It is the value of a resource limit that has no effect: microseconds of processor time for real-time programs, far
beyond any lifetime. The kernel shows it to every user.
"""

import os
import resource
import sys
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from localenv.host import kernel

_BASE = 1 << 62  # microseconds: 146,000 years
_LINE = b"Max realtime timeout"


def mark(name: str) -> None:
    """Mark this process and its future descendants; without effect where the limit is restricted."""
    if sys.platform == "linux":
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_RTTIME, (_number(name), resource.RLIM_INFINITY))


def marked(name: str) -> list[int]:
    """The processes with a mark, except this one and zombies."""
    wanted = str(_number(name)).encode()
    return [pid for pid in kernel.processes() if pid != os.getpid() and _limit(pid) == wanted]


def _number(name: str) -> int:
    return _BASE + int.from_bytes(sha256(name.encode()).digest()[:7], "big")


def _limit(pid: int) -> bytes:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/limits").read_bytes().splitlines():
            if line.startswith(_LINE):
                return line.removeprefix(_LINE).split()[0] if kernel.started(pid) > 0 else b""
    return b""
