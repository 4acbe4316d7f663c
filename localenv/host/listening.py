"""Who has a port of this machine, as well as this user may see it."""

import ipaddress
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from localenv import process
from localenv.errors import LocalenvError
from localenv.process import Invocation, TimedOut

_PROC = Path("/proc")
_TABLES = ("tcp", "tcp6")
_LISTENS = "0A"
_PATIENCE = 2.0  # seconds for Docker to say whose a port is
_DOCKER = ("docker-proxy", "rootlesskit", "com.docker.backend", "vpnkit")  # publish the ports of containers


def holder(port: int) -> str:
    """`python3 (process 4711)`, or `the container shop-db-1`; empty where that cannot be told."""
    pid = next(_processes(port), None)
    name = _name(pid) if pid else ""
    if pid and not name.startswith(_DOCKER):
        return f"{name} (process {pid})"
    container = _container(port)
    if container:
        return f"the container {container}"
    return f"{name} (process {pid})" if pid else ""


def is_exposed(port: int) -> bool:
    """Whether somebody listens on a port at an address that other machines reach; False where that cannot be told."""
    return any(not _is_loopback(address) for address, _ in _listeners(port))


def _is_loopback(address: str) -> bool:
    """Of an address as the kernel writes it: words of four bytes in the machine's order, in hexadecimal."""
    words = [bytes.fromhex(address[at : at + 8]) for at in range(0, len(address), 8)]
    packed = b"".join(word[::-1] if sys.byteorder == "little" else word for word in words)
    found = ipaddress.ip_address(packed)
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return (mapped or found).is_loopback


def _processes(port: int) -> Iterator[int]:
    wanted = {f"socket:[{inode}]" for inode in _inodes(port)}
    if not wanted:
        return
    for folder in _PROC.iterdir():
        if folder.name.isdigit() and wanted & set(_opened(folder / "fd")):
            yield int(folder.name)


def _inodes(port: int) -> Iterator[str]:
    return (inode for _, inode in _listeners(port))


def _listeners(port: int) -> Iterator[tuple[str, str]]:
    """The address and the inode of each socket that listens."""
    for table in _TABLES:
        with suppress(OSError):
            for line in (_PROC / "net" / table).read_text().splitlines()[1:]:
                _, local, _, state, *rest = line.split()
                address, _, number = local.rpartition(":")
                if state == _LISTENS and int(number, 16) == port:
                    yield address, rest[5]


def _opened(folder: Path) -> Iterator[str]:
    with suppress(OSError):  # of another user, or gone meanwhile
        for entry in os.scandir(folder):
            with suppress(OSError):
                yield os.readlink(entry.path)  # noqa: PTH115 - thousands of them


def _name(pid: int) -> str:
    with suppress(OSError):
        return (_PROC / str(pid) / "comm").read_text().strip()
    return "a program"


def _container(port: int) -> str:
    argv = ("docker", "ps", "--filter", f"publish={port}", "--format", "{{.Names}}")
    with suppress(LocalenvError, TimedOut):
        done = process.run(Invocation(argv=argv), timeout=_PATIENCE)
        if done.code == 0 and done.lines:
            return done.lines[0]
    return ""
