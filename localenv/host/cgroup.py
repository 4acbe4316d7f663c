"""Control groups (v2) where this user may make them: no process leaves one by itself, and one word ends all in it."""

import os
from contextlib import suppress
from pathlib import Path

from localenv.host import waiting

_MOUNTS = (Path("/sys/fs/cgroup"), Path("/sys/fs/cgroup/unified"))
_GONE = 1.0  # seconds for what was killed to be gone
_PAUSE = 0.002  # seconds between looks


def made(name: str) -> Path | None:
    """A group below this process's own; None where there is none to be had."""
    mount = next((mount for mount in _MOUNTS if (mount / "cgroup.controllers").is_file()), None)
    if mount is None:
        return None
    try:
        own = next(line for line in Path("/proc/self/cgroup").read_text().splitlines() if line.startswith("0::"))
        folder = mount / own.removeprefix("0::").lstrip("/") / name
        folder.mkdir(exist_ok=True)
        if not (folder / "cgroup.kill").exists() or not os.access(folder / "cgroup.procs", os.W_OK):
            raise PermissionError
    except (OSError, StopIteration):
        return None
    return folder


def enter(folder: Path | None) -> None:
    """Move this process into a group, so that all its descendants are in it."""
    if folder is not None:
        with suppress(OSError):
            (folder / "cgroup.procs").write_text(str(os.getpid()))


def freeze(folder: Path | None, *, frozen: bool) -> bool:
    """Stop or continue all in a group; whether that could be done."""
    if folder is None:
        return False
    try:
        (folder / "cgroup.freeze").write_text("1" if frozen else "0")
    except OSError:
        return False
    return True


def end(folder: Path | None) -> None:
    """Kill all in a group and remove it as soon as it is empty; one that stays full stays."""
    if folder is None:
        return
    with suppress(OSError):
        (folder / "cgroup.kill").write_text("1")
    waiting.until(lambda: _removed(folder), within=_GONE, pause=_PAUSE)


def _removed(folder: Path) -> bool:
    with suppress(FileNotFoundError):
        try:
            folder.rmdir()
        except OSError:  # what was killed is not gone yet
            return False
    return True
