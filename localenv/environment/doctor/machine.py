"""This machine: disk, memory, limits, control groups, clock, settings."""

import os
import platform
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from importlib import metadata
from pathlib import Path

from localenv import paths, settings
from localenv.engines.examining import Checks, Result, ok, problem, space, warning
from localenv.host import file_changes
from localenv.stack import Stack

_FILES, _WATCHES, _INSTANCES = 1024, 8192, 128
_INOTIFY = Path("/proc/sys/fs/inotify")
_LITTLE_MEMORY = 512 << 20  # bytes
_ROOM = "localenv cache prune --all"


def version(stack: Stack | None) -> Result:
    """Python, localenv and the system."""
    own = metadata.version("localenv")
    return ok(f"localenv {own}, Python {platform.python_version()}, {platform.system()} {platform.machine()}")


def users_settings(stack: Stack | None) -> Result:
    """The user's own settings can be read."""
    settings.load()  # raises DescriptionError
    return ok(str(paths.config()) if paths.config().is_file() else "none")


def _disk(folder: Callable[[], Path], hint: str, stack: Stack | None) -> Result | None:
    return space(folder(), few=1 << 30, least=100 << 20, hint=hint)


def states() -> Path:
    """The folder of states."""
    return next(one for one, variable in paths.movable().items() if variable == "XDG_STATE_HOME")


def caches() -> Path:
    """The folder of caches."""
    return next(one for one, variable in paths.movable().items() if variable == "XDG_CACHE_HOME")


def temporary() -> Path:
    """The folder of temporary files."""
    named = os.environ.get("TMPDIR", "")  # Python takes another folder if this one is full; other programs do not
    return Path(named) if named and Path(named).is_dir() else Path(tempfile.gettempdir())


def writable(stack: Stack | None) -> Result:
    """The folders that localenv writes to belong to this user."""
    for folder, variable in paths.movable().items():
        existing = next(one for one in (folder, *folder.parents) if one.exists())
        if not os.access(existing, os.W_OK | os.X_OK):
            return problem(f"{existing} is not writable", f"chown it, or let {variable} name another folder")
    return ok(", ".join(map(str, paths.movable())))


def memory(stack: Stack | None) -> Result | None:
    """Memory that is available now."""
    try:
        lines = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines())
    except OSError:
        return None
    available = int(lines.get("MemAvailable", "0").split()[0]) << 10
    text = f"{available / (1 << 30):.1f} GiB available"
    return ok(text) if available >= _LITTLE_MEMORY else warning(text, "end other programs")


def open_files(stack: Stack | None) -> Result:
    """The number of files that a process may open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= _FILES:
        return ok(str(soft))
    is_higher = hard == resource.RLIM_INFINITY or hard > soft
    higher = f"ulimit -n {4096 if hard == resource.RLIM_INFINITY else min(4096, hard)}"
    return warning(f"{soft} (the hard limit is {hard})", higher if is_higher else "ask root for a higher limit")


def watches(stack: Stack | None) -> Result | None:
    """The number of files that may be watched, for saved stubs and `--watch`, and whether some are left."""
    if not _INOTIFY.is_dir():
        return None
    found = {name: int((_INOTIFY / name).read_text()) for name in ("max_user_watches", "max_user_instances")}
    for name, least in (("max_user_watches", _WATCHES), ("max_user_instances", _INSTANCES)):
        if found[name] < least:
            return warning(f"{name} is {found[name]}", f"sysctl fs.inotify.{name}={least * 8}")
    if not file_changes.can_watch(Path(tempfile.gettempdir())):
        more = " ".join(f"fs.inotify.{name}={found[name] * 4}" for name in found)
        return warning("none left: changes of files are found late, by looking at all of them", f"sudo sysctl {more}")
    return ok(f"{found['max_user_watches']} watches")


def cgroups(stack: Stack | None) -> Result | None:
    """Control groups, by which no process escapes its environment."""
    if sys.platform != "linux":
        return None
    mounts = [Path("/sys/fs/cgroup"), Path("/sys/fs/cgroup/unified")]
    mount = next((one for one in mounts if (one / "cgroup.controllers").is_file()), None)
    if mount is None:
        return warning("version 1: processes are found by their descent alone")
    own = next((line for line in Path("/proc/self/cgroup").read_text().splitlines() if line.startswith("0::")), "0::/")
    folder = mount / own.removeprefix("0::").lstrip("/")
    if not os.access(folder, os.W_OK):
        return ok("version 2, read-only: processes are found by their descent")
    return ok("version 2")


def clock(stack: Stack | None) -> Result:
    """The clock is not before the installation of this program."""
    installed = Path(__file__).stat().st_mtime
    if time.time() < installed - 86_400:
        return warning(f"{time.strftime('%Y-%m-%d %H:%M')}, before localenv was installed", "set the clock")
    return ok(time.strftime("%Y-%m-%d %H:%M:%S %z"))


CHECKS: Checks = {
    "version": version,
    "settings": users_settings,
    "folders": writable,
    "disk of states": partial(_disk, states, "free some space, or let XDG_STATE_HOME name another disk"),
    "disk of caches": partial(_disk, caches, _ROOM),
    "temporary files": partial(_disk, temporary, "free some space, or let TMPDIR name another disk"),
    "memory": memory,
    "open files": open_files,
    "watches": watches,
    "cgroups": cgroups,
    "clock": clock,
}
