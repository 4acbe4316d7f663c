"""The stack itself: services, needs, upstreams."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any

from localenv.errors import Position
from localenv.stack.jobs import Job, Smoke
from localenv.stack.parts import Build, Dependency, File, Native, Volume
from localenv.stack.reaching import STAYS_UP, Port, Probe
from localenv.stack.texts import NAME, Command, Template


class Role(StrEnum):
    """What something is to the environment."""

    SERVICE = "service"
    NEED = "need"
    UPSTREAM = "upstream"
    STUBS = "stubs"  # the server that answers for upstreams
    JOB = "job"


@dataclass(frozen=True, kw_only=True)
class Service:
    """One thing that runs: a service under work, a need, a stub server."""

    name: str = field(metadata=NAME)
    role: Role
    image: Template | None = None
    build: Build | None = None
    command: Command | None = None
    entrypoint: Command | None = None
    environment: Mapping[str, Template] = field(default_factory=dict)
    port: Port | None = None
    extra_ports: tuple[Port, ...] = ()  # more published ports, of which some lead to the same place
    probe: Probe = STAYS_UP
    depends_on: tuple[Dependency, ...] = ()
    files: tuple[str, ...] = field(default=(), metadata=NAME)  # names of the secrets and configs it refers to
    public: tuple[str, ...] = field(default=(), metadata=NAME)  # pairs of these of which it names the public half alone
    volumes: tuple[Volume, ...] = ()
    aliases: tuple[str, ...] = field(default=(), metadata=NAME)  # more names on the environment's network
    healthcheck: tuple[str, ...] = ()  # a command in its image, for an ejected folder only
    labels: Mapping[str, Template] = field(default_factory=dict)  # of its container
    compose: Mapping[str, Any] = field(default_factory=dict)  # raw Compose keys, as written
    native: Native | None = None
    own_address: bool = False  # this machine reaches it on its own port, at an address that nobody else has
    digest: str = ""  # of the files it is built from
    overlaid: str = ""  # a digest of what the repository's own fragments make of it; empty where nothing
    at: Position | None = field(default=None, compare=False, repr=False)

    @property
    def ports(self) -> tuple[Port, ...]:
        """Every published port, its own first."""
        return ((self.port,) if self.port else ()) + self.extra_ports

    @property
    def is_on_machine_network(self) -> bool:
        """Whether it has this machine's network, and not the environment's: it listens where others are published."""
        return self.compose.get("network_mode") == "host"


@dataclass(frozen=True, kw_only=True)
class Need:
    """A backing service: who may log in, and what is in it."""

    name: str = field(metadata=NAME)
    kind: str
    version: str
    user: str
    password: Template | None = None  # None: random, kept in the environment's state
    databases: tuple[str, ...] = ()  # the first is the one in its URL
    extensions: tuple[str, ...] = ()
    settings: Mapping[str, Template] = field(default_factory=dict)  # options of its server
    image: Template | None = None  # None: the kind's own image at `version`
    port: int | None = None  # where it listens; None: the kind's own port
    own_address: bool = False
    keep: bool = False
    strict: bool = False  # another major version than `version` is an error, not a warning
    at: Position | None = field(default=None, compare=False, repr=False)

    @property
    def database(self) -> str:
        """The database in its URL; empty where there is none."""
        return self.databases[0] if self.databases else ""

    @property
    def is_open(self) -> bool:
        """Whether its description wants no password: it says an empty one."""
        return self.password is not None and not self.password.parts


class Unmatched(StrEnum):
    """What becomes of a request that no stub matches."""

    FAIL = "fail"
    WARN = "warn"
    IGNORE = "ignore"


@dataclass(frozen=True, kw_only=True)
class StubSource:
    """Where stubs of an upstream come from: a kind of source, and what the description says for it."""

    kind: str  # the key in the description
    value: Path | str
    options: Mapping[str, Path | str | bool] = field(default_factory=dict)
    at: Position | None = field(default=None, compare=False, repr=False)

    @property
    def path(self) -> Path:
        """The file or folder that it is read from."""
        return Path(self.value)


@dataclass(frozen=True, kw_only=True)
class Upstream:
    """A service of others, answered by stubs; of sources of one kind the first lies on top."""

    name: str = field(metadata=NAME)
    server: str = field(metadata=NAME)  # the stub server that answers for it
    port: int = 80
    own_address: bool = False
    hosts: tuple[str, ...] = ()  # more Host headers that mean it, beside its name
    is_templated: bool = False  # WireMock fills in every answer, not only those whose stubs ask for it
    sources: tuple[StubSource, ...] = ()
    unmatched: Unmatched = Unmatched.FAIL
    proxies: tuple[str, ...] = ()  # `HOST:PORT` of servers that answer instead of some of its stubs
    digest: str = ""  # of all that its sources are made from


@dataclass(frozen=True, kw_only=True)
class Stack:
    """One environment's worth of things to run; `services` holds needs and stub servers too."""

    name: str
    env: str
    folder: Path  # the repository
    services: Mapping[str, Service]
    needs: Mapping[str, Need] = field(default_factory=dict)
    upstreams: Mapping[str, Upstream] = field(default_factory=dict)
    files: Mapping[str, File] = field(default_factory=dict)
    jobs: tuple[Job, ...] = ()
    smoke: tuple[Smoke, ...] = ()
    notes: tuple[Template, ...] = ()  # for a person, when all is ready
    hosts: tuple[str, ...] = ()  # which the user allows to be called, beside the environment's own
    leads: Mapping[str, str] = field(default_factory=dict, repr=False)  # paths of this machine, and where they lead
    rendered: str = field(default="", repr=False)  # the Compose file that the repository's own fragments make, checked

    @cached_property
    def ports(self) -> Mapping[str, Port]:
        """Every published port by the name it belongs to."""
        return {port.name: port for service in self.services.values() for port in service.ports}

    @cached_property
    def at_own_addresses(self) -> Mapping[str, tuple[str, int]]:
        """Ports of this machine at addresses that nobody else has: whose address it is, and which port there."""
        found = {one.name: (one.name, one.port) for one in self.upstreams.values() if one.own_address}
        for service in self.services.values():
            ports = service.ports[:1] if service.role is Role.NEED else service.ports  # others share a need's server
            found |= {port.name: (service.name, port.target) for port in ports if service.own_address}
        return found

    @cached_property
    def listeners(self) -> Mapping[str, str]:
        """The service that listens on a port, by the port's name."""
        return {port.name: service.name for service in self.services.values() for port in service.ports}

    def unmatched(self, upstream: str, asked: str = "") -> Unmatched:
        """What a request to an upstream means that no stub matches, unless something is `asked`; one to none fails."""
        known = self.upstreams.get(upstream)
        return Unmatched(asked) if asked else known.unmatched if known else Unmatched.FAIL

    def of(self, *roles: Role) -> tuple[Service, ...]:
        """The services that have one of these roles, in order."""
        return tuple(service for service in self.services.values() if service.role in roles)
