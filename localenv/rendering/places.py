"""Addresses and paths in a rendered file."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from localenv.resolution import Resolution
from localenv.stack import FileKind, Reader, Role, Stack


@dataclass(frozen=True, kw_only=True)
class ContainersPlace:
    """What is the same wherever services run in containers, with a file or without."""

    stack: Stack

    @property
    def shares_ports(self) -> bool:
        """Upstreams share a port inside, where names distinguish them."""
        return True

    def bind(self, name: str) -> str:
        """Every interface: ports of a container are published only on 127.0.0.1."""
        return "0.0.0.0"  # noqa: S104


@dataclass(frozen=True, kw_only=True)
class SymbolicPlace(ContainersPlace):
    """Addresses in a rendered file: names inside, variables for published ports."""

    def address(self, reader: Reader, name: str) -> tuple[str, str]:
        """`db:5432` inside, `127.0.0.1:${DB_PORT}` on this machine."""
        port = self.stack.ports[name]
        if reader is Reader.MACHINE:
            here = f"${{{port.address_variable}}}" if name in self.stack.at_own_addresses else "127.0.0.1"
            return here, f"${{{port.variable}}}"
        return inside(self.stack, name)

    def path(self, reader: Reader, file: str) -> str:
        """The path of secrets in Compose, and configs beside them."""
        return container_path(self.stack.files[file.removesuffix(".pub")].kind, file)


def inside(stack: Stack, name: str) -> tuple[str, str]:
    """Host and port on the environment's network: the host of `api.metrics` is `api`, and of `mail.mailbox` `mail`."""
    service = stack.services[stack.listeners[name]]
    is_of_need = service.role is Role.NEED and name not in stack.needs  # another need may share the server
    is_own = service.role is Role.SERVICE or is_of_need
    return service.name if is_own else name, str(stack.ports[name].target)


def symbolic(stack: Stack) -> Resolution:
    """References in a rendered file, with a variable for each value that is secret or not known yet."""
    return Resolution(stack=stack, place=SymbolicPlace(stack=stack), value=lambda name: f"${{{name}}}", literal=escaped)


def escaped(text: str) -> str:
    """A text with `$` escaped for Compose."""
    return text.replace("$", "$$")


def raw_value(value: Any) -> Any:
    """A value of a raw key with `$` escaped for Compose."""
    match value:
        case str():
            return escaped(value)
        case Mapping():
            return {key: raw_value(item) for key, item in value.items()}
        case list() | tuple():
            return [raw_value(item) for item in value]
        case _:
            return value


def container_path(kind: FileKind, name: str) -> str:
    """The path of a secret or config in a container."""
    return f"/run/{kind}s/{name}"
