"""Listening sockets, from the kernel's tables (Linux)."""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

TABLES = ("tcp", "tcp6")
_PROC = Path("/proc")
_LISTENS = "0A"


@dataclass(frozen=True, order=True)
class ListeningSocket:
    """A listening socket: `host` is an address, `inode` the kernel's id."""

    port: int
    host: str
    inode: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def is_wildcard(self) -> bool:
        """Whether it listens on every address."""
        return ip_address(self.host).is_unspecified

    @property
    def is_loopback(self) -> bool:
        """Whether it is reachable only from the same container or machine."""
        return ip_address(self.host).is_loopback


def of_process(pid: int) -> list[ListeningSocket]:
    """The sockets in a process's network namespace, including those of other processes; raises OSError."""
    return [one for table in TABLES for one in parsed((_PROC / str(pid) / "net" / table).read_text())]


def opened_by(pids: Iterable[int]) -> list[ListeningSocket]:
    """The sockets of some processes on this machine, as far as visible to this user."""
    inodes = {inode for pid in pids for inode in inodes_of(pid)}
    return [one for one in here() if one.inode in inodes]


def here() -> list[ListeningSocket]:
    """All of this machine; empty if there are no such tables."""
    with suppress(OSError):
        return of_process(os.getpid())
    return []


def inodes_of(pid: int) -> Iterator[str]:
    """The sockets that a process has opened."""
    with suppress(OSError), os.scandir(_PROC / str(pid) / "fd") as opened:  # belongs to another user, or has exited
        for entry in opened:
            with suppress(OSError):
                target = os.readlink(entry.path)  # noqa: PTH115 - thousands of them
                if target.startswith("socket:["):
                    yield target[8:-1]


def parsed(table: str) -> Iterator[ListeningSocket]:
    """The listening sockets in a kernel table; several tables may follow one another."""
    for line in table.splitlines():
        words = line.split()
        if len(words) > 9 and words[3] == _LISTENS:
            address, _, port = words[1].rpartition(":")
            yield ListeningSocket(int(port, 16), str(_address(address)), words[9])


def _address(digits: str) -> IPv4Address | IPv6Address:
    """Parse four-byte words, each in the byte order of this machine."""
    content = bytes.fromhex(digits)
    if sys.byteorder == "little":
        content = b"".join(content[at : at + 4][::-1] for at in range(0, len(content), 4))
    found = ip_address(content)
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found
