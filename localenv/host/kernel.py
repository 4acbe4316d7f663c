"""The kernel's functions for managing processes; limited where the kernel offers less."""

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
_LONGEST_LOADING = 0.5  # seconds of work
_OF_CHILDREN = (13, 14)  # the fields of their time on a processor, for themselves and in the kernel


def become_subreaper() -> None:
    """Make orphaned descendants children of this process (Linux)."""
    _prctl(_SET_CHILD_SUBREAPER, 1)


def die_with(parent: int) -> None:
    """Be killed when `parent`, the parent of this process, exits (Linux); at once if it has exited already."""
    _prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def end_group(leader: int) -> None:
    """Kill the process group of a program, if its descendants cannot be determined (macOS)."""
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
    """Every visible process of this machine (Linux)."""
    with suppress(OSError), os.scandir(_PROC) as found:
        for entry in found:
            if entry.name.isdigit():
                yield int(entry.name)


def below(pid: int) -> list[int]:
    """A process and its descendants, as far as their parents are alive (Linux)."""
    found = [pid]
    parents = {one: _fact(one, 1) for one in processes()}
    for one in found:  # the list grows meanwhile
        found += [child for child, parent in parents.items() if parent == one and child not in found]
    return found


def started(pid: int) -> int:
    """The start time of a process in the kernel's units; 0 if unknown, -1 if there is no such process.

    Together with the pid it identifies a process uniquely; a zombie counts as no process.
    """
    if _IS_MAC:
        return darwin.started(pid)
    return -1 if _fact(pid, 0) in (None, "Z", "X") else int(_fact(pid, 19) or 0)


def is_stopped(pid: int) -> bool:
    """Whether a process is stopped, as after Ctrl-Z (Linux)."""
    return _fact(pid, 0) == "T"


def go_on(pid: int) -> None:
    """Continue a process that may be stopped."""
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGCONT)


def title(pid: int) -> str:
    """The program of a process in one or two words, without arguments: `localenv reset`, `python3`; may be empty."""
    with suppress(OSError):
        words = (_PROC / str(pid) / "cmdline").read_bytes().decode(errors="replace").rstrip("\0").split("\0")
        names = [word.rpartition("/")[2] for word in words[:3]]
        if "localenv" in names:
            rest = words[names.index("localenv") + 1 :]
            return " ".join(["localenv", *(word for word in rest[:1] if word.isalpha())])
        return names[0]
    return ""


def has_open(pid: int, file: Path) -> bool:
    """Whether a process has a file open; true if unknown."""
    if not _IS_LINUX:
        return True
    try:
        return any(entry.samefile(file) for entry in (_PROC / str(pid) / "fd").iterdir() if entry.exists())
    except OSError:
        return False


def catches(pid: int, number: int) -> bool | None:
    """Whether a process has a handler for a signal; None if unknown."""
    with suppress(OSError):
        for line in (_PROC / str(pid) / "status").read_text().splitlines():
            name, _, mask = line.partition(":")
            if name == "SigCgt":
                return bool(int(mask, 16) >> (number - 1) & 1)
    return None


def waited(pid: int) -> float:
    """Seconds that a process and its descendants took to begin, each for itself; 0 if unknown (Linux).

    They waited for a processor, or loaded their code, for which half a second of work counts at most. Children that
    have exited, as those of a shim, waited as long for their work as their parent for its own.
    https://docs.kernel.org/scheduler/sched-stats.html: time on a processor, and on a run queue, in nanoseconds.
    """
    total = 0.0
    for one in _family(pid):
        with suppress(OSError, ValueError):
            worked, waiting = _scheduled(_PROC / str(one) / "task" / str(one))
            total += min(worked, _LONGEST_LOADING) + waiting
            ended = sum(int(_fact(one, field) or 0) for field in _OF_CHILDREN) / os.sysconf("SC_CLK_TCK")
            total += min(ended, _LONGEST_LOADING) * (1 + waiting / worked if worked else 1)
    return total


def busy(pid: int) -> float | None:
    """Seconds that all threads of a process and its descendants worked or waited for a processor; None if unknown."""
    found = [sum(one) for one in _scheduled_threads(pid)]
    return sum(found) if found else None


def _scheduled_threads(pid: int) -> Iterator[tuple[float, float]]:
    for one in _family(pid):
        with suppress(OSError, ValueError):
            yield from map(_scheduled, (_PROC / str(one) / "task").iterdir())


def _scheduled(thread: Path) -> tuple[float, float]:
    """Seconds on a processor, and on a run queue."""
    worked, waiting, _ = map(int, (thread / "schedstat").read_text().split())
    return worked / 1e9, waiting / 1e9


def _family(pid: int) -> Iterator[int]:
    """A process and its descendants, as far as the kernel lists them."""
    open_ = [pid]
    while open_:
        one = open_.pop()
        yield one
        with suppress(OSError, ValueError):
            for thread in (_PROC / str(one) / "task").iterdir():
                open_ += map(int, (thread / "children").read_text().split())


def boot() -> str:
    """An id of the current boot."""
    if _IS_MAC:
        return darwin.boot()
    with suppress(OSError):
        return (_PROC / "sys/kernel/random/boot_id").read_text().strip()
    return ""


def since_boot() -> float:
    """Seconds since boot, independent of the clock, including sleep (Linux)."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def watched(pid: int, start: int) -> int | None:
    """A descriptor that becomes readable when the process exits; None if unsupported, or without such a process."""
    try:
        descriptor = os.pidfd_open(pid)
    except (AttributeError, OSError):
        return None
    if started(pid) != start:
        os.close(descriptor)
        return None
    return descriptor


def marked(mark: str, *, below: bool = False) -> list[int]:
    """Processes with `mark` (`NAME=value`) in their environment (Linux); `below`: those with `mark/…`."""
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
    """A field of `/proc/PID/stat` after the name: 0 the state, 1 the parent, 19 the start; None without a process."""
    try:
        text = (_PROC / str(pid) / "stat").read_bytes()
    except OSError:
        return None
    word = text[text.rindex(b")") + 2 :].split()[number].decode()
    return word if number == 0 else int(word)


def _prctl(option: int, value: int) -> None:
    if _IS_LINUX:
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)
