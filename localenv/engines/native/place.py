"""Addresses with the native engine: everything on this machine, each on a separate port."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from localenv.host.loopback import HERE, own_addresses
from localenv.paths import private
from localenv.stack import Reader, Role, Stack

NAME = "native"  # of the engine


@dataclass(frozen=True, kw_only=True)
class MachinePlace:
    """`127.0.0.1:20123` for every reader; a service with an IP address of its own uses its fixed port there."""

    stack: Stack
    published: Mapping[str, int]
    files: Path

    @property
    def shares_ports(self) -> bool:
        """Each upstream has a separate port."""
        return False

    def bind(self, name: str) -> str:
        """Its own IP address, or 127.0.0.1."""
        return self._own.get(name, (HERE, 0))[0]

    def address(self, reader: Reader, name: str) -> tuple[str, str]:
        """Host and port."""
        name = self._homes.get(name, name)
        host, port = self._own.get(name, (HERE, 0))
        return host, str(port or self.published[name])

    def path(self, reader: Reader, file: str) -> str:
        """The path of a secret or config."""
        return str(private.secret_file(self.files, file))

    @cached_property
    def _homes(self) -> Mapping[str, str]:
        """The server of each need that shares one: it listens on one port."""
        return {
            port.name: need.name
            for need in self.stack.of(Role.NEED)
            for port in need.extra_ports
            if port.name in self.stack.needs
        }

    @cached_property
    def _own(self) -> Mapping[str, tuple[str, int]]:
        """Names with an IP address of their own: its name, and the port."""
        asking = self.stack.at_own_addresses
        found = own_addresses(self.files, {owner for owner, _ in asking.values()})
        return {name: (found[owner], port) for name, (owner, port) in asking.items()}
