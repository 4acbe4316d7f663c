"""Addresses with Compose: names on a separate network, and ports published on 127.0.0.1."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from localenv.host.loopback import HERE, own_addresses
from localenv.paths import private
from localenv.rendering import ContainersPlace, container_path, inside
from localenv.stack import Reader


@dataclass(frozen=True, kw_only=True)
class ContainerPlace(ContainersPlace):
    """`db:5432` inside, `127.0.0.1:20123` on this machine."""

    published: Mapping[str, int]
    files: Path  # the folder of secrets and configs on this machine

    def address(self, reader: Reader, name: str) -> tuple[str, str]:
        """Host and port."""
        if reader is Reader.MACHINE:
            return self._own.get(name, (HERE, str(self.published[name])))
        return inside(self.stack, name)

    @cached_property
    def _own(self) -> Mapping[str, tuple[str, str]]:
        asking = self.stack.at_own_addresses
        found = own_addresses(self.files, {owner for owner, _ in asking.values()})
        return {name: (found[owner], str(port)) for name, (owner, port) in asking.items()}

    def path(self, reader: Reader, file: str) -> str:
        """The path of a secret or config in a container, or for a command on this machine."""
        if reader is Reader.MACHINE:
            return str(private.secret_file(self.files, file))
        return container_path(self.stack.files[file.removesuffix(".pub")].kind, file)
