"""How something is reached, and how it is asked whether it works."""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from urllib.parse import quote

from localenv.stack.texts import NAME, ONCE, Command, variable


class Reader(StrEnum):
    """Where the one who reads an address sits."""

    INSIDE = "inside"  # in a place of the environment
    MACHINE = "machine"  # on this machine


@dataclass(frozen=True, kw_only=True)
class Connection:
    """How one reader reaches one target; texts, because in a rendered file a part may be a variable."""

    scheme: str
    host: str
    port: str
    user: str = ""
    password: str = field(default="", repr=False)
    quoted_password: str | None = field(default=None, repr=False)  # as in a URL, where not simply encoded
    database: str = ""

    @property
    def address(self) -> str:
        """`host:port`."""
        return f"{self.host}:{self.port}"

    @property
    def without_password(self) -> "Connection":
        """The same to show to anybody."""
        return replace(self, password="***", quoted_password="***") if self.password else self  # noqa: S106

    @property
    def url(self) -> str:
        """The URL clients accept: credentials percent-encoded, no slash at the end."""
        password = quote(self.password, safe="") if self.quoted_password is None else self.quoted_password
        login = f"{quote(self.user, safe='')}:{password}@" if self.user or password else ""
        path = f"/{quote(self.database, safe='')}" if self.database else ""
        where = self.host if (self.scheme, self.port) == ("http", "80") else self.address
        return f"{self.scheme}://{login}{where}{path}"


@dataclass(frozen=True, kw_only=True)
class Port:
    """A port something listens on, reachable from this machine on 127.0.0.1, or at an address of its own."""

    name: str = field(metadata=NAME)  # whose port: a service, `SERVICE.NAME`, a need, an upstream, a stub server
    target: int  # where it listens, in its own place
    pinned: int | None = field(default=None, metadata=ONCE)  # the published port the description asks for

    scheme: str = "http"  # of its URL

    @property
    def variable(self) -> str:
        """The variable that stands for the published port in a rendered file."""
        return f"{variable(self.name)}_PORT"

    @property
    def address_variable(self) -> str:
        """The variable that stands for this machine's address of it in a rendered file, where it is not 127.0.0.1."""
        return f"{variable(self.name)}_ADDRESS"


class ProbeKind(StrEnum):
    """How readiness is asked for."""

    HTTP = "http"
    TCP = "tcp"
    COMMAND = "command"
    NEED = "need"  # in the protocol of the need itself
    STUBS = "stubs"  # the stub server's own health answer
    ALIVE = "alive"  # stays up for a while


@dataclass(frozen=True, kw_only=True)
class Probe:
    """What "it works" means for one service; `timeout` in seconds."""

    kind: ProbeKind
    path: str = "/"
    status: tuple[int, ...] = ()  # empty: any answer; see `any_success`
    any_success: bool = False  # every 2xx
    host: str = ""
    command: Command = ()
    timeout: float | None = None


STAYS_UP = Probe(kind=ProbeKind.ALIVE)
