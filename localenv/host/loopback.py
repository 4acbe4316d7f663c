"""Loopback addresses that are not shared: 127.8.0.0/16, if the kernel listens on all of it."""

import socket
import sys
from collections.abc import Iterable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from localenv.host.waiting import until

HERE = "127.0.0.1"
_ADDRESSES = 256 * 254  # of 127.8.0.0/16, without those that end in 0 and 255


def own_addresses(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """A permanent address for each name in a folder; on machines with only one loopback address (macOS), that one."""
    if not has_own_addresses():
        return dict.fromkeys(names, HERE)
    found: dict[str, str] = {}
    for name in sorted(names):
        number = int.from_bytes(sha256(f"{folder}/{name}".encode(errors="surrogateescape")).digest()[:4])
        while (address := _address(number)) in found.values():
            number += 1
        found[name] = address
    return found


def has_own_addresses() -> bool:
    """Whether this machine listens on all of 127.0.0.0/8."""
    return sys.platform == "linux"


def _address(number: int) -> str:
    high, low = divmod(number % _ADDRESSES, 254)
    return f"127.8.{high}.{1 + low}"


def free_port(host: str = HERE) -> int:
    """A port on which nothing listens now."""
    with socket.create_server((host, 0)) as opened:
        return int(opened.getsockname()[1])


def is_open(port: int) -> bool:
    """Whether a program accepts connections on a port of 127.0.0.1 or ::1."""
    return any(listens(host, port) for host in (HERE, "::1"))


def listens(host: str, port: int) -> bool:
    """Whether a program accepts connections at an address."""
    with suppress(OSError), socket.create_connection((host, port), timeout=1.0):
        return True
    return False


def awaited(host: str, port: int, *, within: float) -> bool:
    """Wait until a program accepts connections at an address; returns whether it did within so many seconds."""
    return until(lambda: listens(host, port), within=within)
