"""Control groups (v2), if this user may create them: no process can leave one, and one write kills all in it."""

import os
from contextlib import suppress
from pathlib import Path

from localenv.host import waiting

_MOUNTS = (Path("/sys/fs/cgroup"), Path("/sys/fs/cgroup/unified"))
_GONE = 1.0  # seconds for killed processes to exit
_PAUSE = 0.002  # seconds between checks


def made(name: str) -> Path | None:
    """Create a group below that of this process; None if that is not possible."""
    own = _own()
    if own is None:
        return None
    folder = own / name
    try:
        folder.mkdir(exist_ok=True)
        if not (folder / "cgroup.kill").exists() or not os.access(folder / "cgroup.procs", os.W_OK):
            raise PermissionError
    except OSError:
        return None
    return folder


def named(beginning: str) -> list[Path]:
    """The groups below that of this process whose names begin like this."""
    own = _own()
    return [one for one in own.iterdir() if one.name.startswith(beginning)] if own else []


def _own() -> Path | None:
    """The group of this process."""
    mount = next((mount for mount in _MOUNTS if (mount / "cgroup.controllers").is_file()), None)
    with suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text().splitlines() if mount else ():
            if mount and line.startswith("0::"):
                return mount / line.removeprefix("0::").lstrip("/")
    return None


def enter(folder: Path | None) -> None:
    """Move this process, and so all its descendants, into a group."""
    if folder is not None:
        with suppress(OSError):
            (folder / "cgroup.procs").write_text(str(os.getpid()))


def freeze(folder: Path | None, *, frozen: bool) -> bool:
    """Stop or continue all processes in a group; returns whether that succeeded."""
    if folder is None:
        return False
    try:
        (folder / "cgroup.freeze").write_text("1" if frozen else "0")
    except OSError:
        return False
    return True


def end(folder: Path | None) -> None:
    """Kill all processes in a group and remove it when it is empty; if it does not become empty, it stays."""
    if folder is None:
        return
    with suppress(OSError):
        (folder / "cgroup.kill").write_text("1")
    waiting.until(lambda: _removed(folder), within=_GONE, pause=_PAUSE)


def _removed(folder: Path) -> bool:
    with suppress(FileNotFoundError):
        try:
            folder.rmdir()
        except OSError:  # killed processes have not exited yet
            return False
    return True
