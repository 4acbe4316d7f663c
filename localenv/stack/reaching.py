"""Connections, ports and readiness probes."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from urllib.parse import quote

from localenv.stack.texts import NAME, ONCE, Command, variable


class Reader(StrEnum):
    """The location of the reader of an address."""

    INSIDE = "inside"  # in a container or process of the environment
    MACHINE = "machine"  # on this machine


@dataclass(frozen=True, kw_only=True)
class Connection:
    """How one reader reaches one target; values are texts, because they can be variables in a rendered file."""

    scheme: str
    host: str
    port: str
    user: str = ""
    password: str = field(default="", repr=False)
    quoted_password: str | None = field(default=None, repr=False)  # as in a URL, if it is not just percent-encoded
    database: str = ""
    further: Mapping[str, str] = field(default_factory=dict, compare=False)  # addresses of its other ports, by name

    @property
    def address(self) -> str:
        """`host:port`."""
        return f"{self.host}:{self.port}"

    @property
    def without_password(self) -> "Connection":
        """The connection without its password, safe to show."""
        return replace(self, password="***", quoted_password="***") if self.password else self  # noqa: S106

    @property
    def url(self) -> str:
        """The URL that clients accept: credentials percent-encoded, no slash at the end."""
        password = quote(self.password, safe="") if self.quoted_password is None else self.quoted_password
        login = f"{quote(self.user, safe='')}:{password}@" if self.user or password else ""
        path = f"/{quote(self.database, safe='')}" if self.database else ""
        where = self.host if (self.scheme, self.port) == ("http", "80") else self.address
        return f"{self.scheme}://{login}{where}{path}"


@dataclass(frozen=True, kw_only=True)
class Port:
    """A port that a service listens on, reachable from this machine on 127.0.0.1 or at an IP address of its own."""

    name: str = field(metadata=NAME)  # its owner: a service, `SERVICE.NAME`, a need, an upstream, a stub server
    target: int  # the port inside the container or process
    pinned: int | None = field(default=None, metadata=ONCE)  # the published port fixed by the description
    entry: int | None = None  # the port inside the container behind the published one, if that is not `target`
    scheme: str = "http"  # of its URL

    @property
    def variable(self) -> str:
        """The variable for the published port in a rendered file."""
        return f"{variable(self.name)}_PORT"

    @property
    def address_variable(self) -> str:
        """The variable for the address on this machine in a rendered file, if it is not 127.0.0.1."""
        return f"{variable(self.name)}_ADDRESS"


class ProbeKind(StrEnum):
    """How readiness is checked."""

    HTTP = "http"
    TCP = "tcp"
    COMMAND = "command"
    NEED = "need"  # in the need's own protocol
    STUBS = "stubs"  # the stub server's health endpoint
    ALIVE = "alive"  # stays up for a while


@dataclass(frozen=True, kw_only=True)
class Probe:
    """The readiness probe of one service; `timeout` in seconds."""

    kind: ProbeKind
    path: str = "/"
    status: tuple[int, ...] = ()  # empty: any answer; see `any_success`
    any_success: bool = False  # every 2xx
    host: str = ""
    command: Command = ()
    timeout: float | None = None


STAYS_UP = Probe(kind=ProbeKind.ALIVE)
