"""What the kernel offers to a parent of processes; where it offers less, so do these functions."""

import ctypes
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from localenv.host import darwin

_SET_PARENT_DEATH_SIGNAL, _SET_CHILD_SUBREAPER = 1, 36  # of prctl(2)
_IS_LINUX = sys.platform == "linux"
_IS_MAC = sys.platform == "darwin"
_PROC = Path("/proc")


def become_subreaper() -> None:
    """Descendants whose parent ends become children of this process (Linux)."""
    _prctl(_SET_CHILD_SUBREAPER, 1)


def die_with(parent: int) -> None:
    """Be killed when `parent`, the parent of this process, ends (Linux); at once where it has ended already."""
    _prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def end_group(leader: int) -> None:
    """Kill what is in the group of a program, where nothing tells whose children there are (macOS)."""
    if leader and not _IS_LINUX:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(leader, signal.SIGKILL)


def children() -> list[int]:
    """The children of this process, which has one thread."""
    own = os.getpid()
    with suppress(OSError):
        return [int(word) for word in (_PROC / str(own) / "task" / str(own) / "children").read_text().split()]
    return [pid for pid in processes() if _fact(pid, 1) == own]


def processes() -> Iterator[int]:
    """Every process of this machine that can be seen (Linux)."""
    with suppress(OSError), os.scandir(_PROC) as found:
        for entry in found:
            if entry.name.isdigit():
                yield int(entry.name)


def below(pid: int) -> list[int]:
    """A process and all that descends from it, as far as parents live (Linux)."""
    found = [pid]
    parents = {one: _fact(one, 1) for one in processes()}
    for one in found:  # which grows
        found += [child for child, parent in parents.items() if parent == one and child not in found]
    return found


def started(pid: int) -> int:
    """When a process started, as the kernel counts; 0 where that cannot be known, -1 where there is none.

    With the pid it names a process for good: a zombie counts as none.
    """
    if _IS_MAC:
        return darwin.started(pid)
    return -1 if _fact(pid, 0) in (None, "Z", "X") else int(_fact(pid, 19) or 0)


def is_stopped(pid: int) -> bool:
    """Whether a process stands still, as after Ctrl-Z (Linux)."""
    return _fact(pid, 0) == "T"


def go_on(pid: int) -> None:
    """Let a process go on that may stand still."""
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGCONT)


def title(pid: int) -> str:
    """What a process runs, in one or two words without its arguments: `localenv reset`, `python3`; may be empty."""
    with suppress(OSError):
        words = (_PROC / str(pid) / "cmdline").read_bytes().decode(errors="replace").rstrip("\0").split("\0")
        names = [word.rpartition("/")[2] for word in words[:3]]
        if "localenv" in names:
            rest = words[names.index("localenv") + 1 :]
            return " ".join(["localenv", *(word for word in rest[:1] if word.isalpha())])
        return names[0]
    return ""


def has_open(pid: int, file: Path) -> bool:
    """Whether a process has a file open; so it is said where that cannot be known."""
    if not _IS_LINUX:
        return True
    try:
        return any(entry.samefile(file) for entry in (_PROC / str(pid) / "fd").iterdir() if entry.exists())
    except OSError:
        return False


def catches(pid: int, number: int) -> bool | None:
    """Whether a process has a handler for a signal; None where that cannot be known."""
    with suppress(OSError):
        for line in (_PROC / str(pid) / "status").read_text().splitlines():
            name, _, mask = line.partition(":")
            if name == "SigCgt":
                return bool(int(mask, 16) >> (number - 1) & 1)
    return None


def boot() -> str:
    """Which start of the machine this is."""
    if _IS_MAC:
        return darwin.boot()
    with suppress(OSError):
        return (_PROC / "sys/kernel/random/boot_id").read_text().strip()
    return ""


def since_boot() -> float:
    """Seconds since the machine started, whatever its clock says, and also while it slept (Linux)."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def watched(pid: int, start: int) -> int | None:
    """A descriptor that is readable once the process has ended; None where there is no such thing, or no process."""
    try:
        descriptor = os.pidfd_open(pid)
    except (AttributeError, OSError):
        return None
    if started(pid) != start:
        os.close(descriptor)
        return None
    return descriptor


def marked(mark: str, *, below: bool = False) -> list[int]:
    """Processes that have `mark` (`NAME=value`) in their environment (Linux); `below`: those that have `mark/…`."""
    wanted, found = mark.encode(), []
    for pid in processes():
        with suppress(OSError):
            words = (_PROC / str(pid) / "environ").read_bytes().split(b"\0")
            if pid != os.getpid() and any(
                word.startswith(wanted + b"/") if below else word == wanted for word in words
            ):
                found.append(pid)
    return found


def _fact(pid: int, number: int) -> str | int | None:
    """A field of `/proc/PID/stat` behind the name: 0 the state, 1 the parent, 19 the start; None where it is gone."""
    try:
        text = (_PROC / str(pid) / "stat").read_bytes()
    except OSError:
        return None
    word = text[text.rindex(b")") + 2 :].split()[number].decode()
    return word if number == 0 else int(word)


def _prctl(option: int, value: int) -> None:
    if _IS_LINUX:
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)
