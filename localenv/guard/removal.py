"""End what belongs to an environment: its programs and its guard."""

import os
import signal
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from localenv import paths
from localenv.guard import where
from localenv.guard.client import NoGuard, RequestRefused, ask
from localenv.host import cgroup, inherited, kernel, waiting

_KILLED = 10.0  # seconds for a killed process to exit
_POLITE = 3.0  # seconds for a guard to exit after SIGTERM
_PAUSE = 0.005  # seconds between checks
_LONGEST = 30  # seconds to wait for a guard that removes its environment
_FAILURES = 2  # attempts to remove it, after which the guard is no help


def await_removal(folder: Path) -> None:
    """Wait while the guard removes the environment of a dead owner; the caller must not hold the lock.

    A guard that fails to do so is ended: the caller removes the rest.
    """
    if not waiting.until(lambda: not _is_removing(folder), within=waiting.SILENT, pause=_PAUSE):
        waiting.announce(f"waiting until the guard of {folder.name} has removed what is left of it")
        waiting.until(lambda: not _is_removing(folder), within=_LONGEST, pause=_PAUSE)
    if is_ending(folder):
        _end_guard(where.read(folder))


def is_ending(folder: Path) -> bool:
    """Whether the guard is removing the environment by itself."""
    return bool(_listed(folder).get("ending"))


def _is_removing(folder: Path) -> bool:
    """The same, and it does not fail to."""
    listed = _listed(folder)
    return bool(listed.get("ending")) and listed.get("failures", 0) < _FAILURES


def _listed(folder: Path) -> dict[str, Any]:
    """What the guard says of itself; empty if there is none."""
    try:
        return ask(folder, "list")
    except (NoGuard, RequestRefused):
        return {}


def end_processes(identity: str) -> None:
    """Kill child programs that work on the environment but are not part of it: Compose, an image build."""
    for pid in kernel.marked(f"{where.MARK}={identity}"):
        end_process(pid)


def clear(folder: Path) -> None:
    """End every process of the environment except the guard."""
    try:
        ask(folder, "clear")
    except (NoGuard, RequestRefused):
        remove(folder)


def remove(folder: Path) -> list[int]:
    """End every process of the environment and its guard, even if the guard does not answer or has died.

    Returns the processes that cannot be ended, because they belong to another user or hang in the kernel.
    """
    left: list[tuple[int, int]] = []
    try:
        left += map(tuple, ask(folder, "remove").get("left", ()))
    except (NoGuard, RequestRefused):
        _end_guard(where.read(folder))
    left += survivors(folder)
    left += [(pid, kernel.started(pid)) for pid in inherited.marked(folder.name)]
    for pid, start in dict.fromkeys(left):
        _kill(pid, start)
    known = where.read(folder)
    for group in {*map(Path, known.get("groups", ())), *cgroup.named(f"localenv.{folder.name}.")}:
        cgroup.end(group)
    socket_ = known.get("socket") or where.socket_left(folder)
    for file in (socket_, paths.guard_record(folder), paths.guard_log(folder)):
        if file:
            Path(file).unlink(missing_ok=True)
    with suppress(OSError):  # missing, or not empty: kept data
        folder.rmdir()
    return [pid for pid, start in dict.fromkeys(left) if _is_known(pid, start)]


def survivors(folder: Path) -> list[tuple[int, int]]:
    """Programs left by a dead guard: pid and start."""
    known = where.read(folder)
    if not known or known.get("boot") != kernel.boot():
        return []
    return [(pid, start) for pid, start in known["children"].values() if _is_known(pid, start)]


def _end_guard(known: Mapping[str, Any]) -> None:
    """End a guard that does not answer: it ends its programs on SIGTERM, or when it is killed."""
    if not known or known.get("boot") != kernel.boot():
        return
    for number in (signal.SIGTERM, signal.SIGKILL):
        if not _is_known(known["pid"], known["start"]):
            return
        with suppress(ProcessLookupError):
            os.kill(known["pid"], number)
            os.kill(known["pid"], signal.SIGCONT)
        _await_end(known["pid"], known["start"], _POLITE)


def _is_known(pid: int, start: int) -> bool:
    """Whether this exact process still runs; a reused pid must not be killed."""
    return start > 0 and kernel.started(pid) == start


def end_process(pid: int) -> bool:
    """Kill a process; returns whether it has exited: it may belong to another user, or hang in the kernel."""
    start = kernel.started(pid)
    if start >= 0:
        _kill(pid, start)
    return not _is_known(pid, start)


def _kill(pid: int, start: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except PermissionError:
        return
    except ProcessLookupError:
        pass
    _await_end(pid, start, _KILLED)


def _await_end(pid: int, start: int, seconds: float) -> None:
    waiting.until(lambda: kernel.started(pid) != start, within=seconds, pause=_PAUSE)
