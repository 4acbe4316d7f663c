"""Where the native engine puts things: everything on this machine, each on a port of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from localenv.host.loopback import HERE, own_addresses
from localenv.stack import Reader, Role, Stack

NAME = "native"  # of the engine


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
        name = self._homes.get(name, name)
        host, port = self._own.get(name, (HERE, 0))
        return host, str(port or self.published[name])

    def path(self, reader: Reader, file: str) -> str:
        """Where a secret or config is put."""
        return str(self.files / file)

    @cached_property
    def _homes(self) -> Mapping[str, str]:
        """The server of each need that is one of several on it: it listens on one port."""
        return {port.name: need.name for need in self.stack.of(Role.NEED) for port in need.extra_ports}

    @cached_property
    def _own(self) -> Mapping[str, tuple[str, int]]:
        """Who has an address of its own, and which port there."""
        asking = self.stack.at_own_addresses
        found = own_addresses(self.files, {owner for owner, _ in asking.values()})
        return {name: (found[owner], port) for name, (owner, port) in asking.items()}
