"""Where the native engine puts things: everything on this machine, each on a port of its own."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from localenv.stack import Reader, Role, Stack

NAME = "native"  # of the engine
HERE = "127.0.0.1"
_ADDRESSES = 256 * 254  # of 127.8.0.0/16, without those that end with 0 and 255


@dataclass(frozen=True, kw_only=True)
class MachinePlace:
    """`127.0.0.1:20123` for every reader; what has an address of its own has there the port fixed in the code."""

    stack: Stack
    published: Mapping[str, int]
    files: Path

    @property
    def marks_requests(self) -> bool:
        """Each upstream has a port of its own, and a relay there."""
        return True

    def bind(self, name: str) -> str:
        """Its own address, or that of this machine."""
        return self._own.get(name, (HERE, 0))[0]

    def address(self, reader: Reader, name: str) -> tuple[str, str]:
        """Host and port."""
        host, port = self._own.get(name, (HERE, 0))
        return host, str(port or self.published[self._homes.get(name, name)])

    def path(self, reader: Reader, file: str) -> str:
        """Where a secret or config is put, for whoever reads it."""
        return str(self.files / file)

    @cached_property
    def _homes(self) -> Mapping[str, str]:
        """The server of each need that is one of several on it: it listens on one port."""
        return {port.name: need.name for need in self.stack.of(Role.NEED) for port in need.extra_ports}

    @cached_property
    def _own(self) -> Mapping[str, tuple[str, int]]:
        """Who has an address of its own, and which port there."""
        asking = {one.name: one.port for one in self.stack.upstreams.values() if one.own_address}
        asking |= {one.name: one.port.target for one in self.stack.services.values() if one.own_address and one.port}
        found = own_addresses(self.files, asking)
        return {name: (found[name], port) for name, port in asking.items()}


def own_addresses(files: Path, names: Mapping[str, int]) -> dict[str, str]:
    """An address of 127.8.0.0/16 for each, which it keeps; where there is none but one (macOS), that one."""
    if not has_own_addresses():
        return dict.fromkeys(names, HERE)
    found: dict[str, str] = {}
    for name in sorted(names):
        number = int.from_bytes(sha256(f"{files}/{name}".encode(errors="surrogateescape")).digest()[:4])
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
