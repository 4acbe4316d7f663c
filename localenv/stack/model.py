"""The stack: services, needs, upstreams."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any

from localenv.errors.problems import Position
from localenv.stack.jobs import Job, Smoke
from localenv.stack.parts import Build, Dependency, File, Native, Volume, WatchRule
from localenv.stack.reaching import STAYS_UP, Port, Probe
from localenv.stack.texts import NAME, Command, Template


class Role(StrEnum):
    """The role of a service in the environment."""

    SERVICE = "service"
    NEED = "need"
    UPSTREAM = "upstream"
    STUBS = "stubs"  # the server that answers for upstreams
    JOB = "job"
    BRIDGE = "bridge"  # leads to programs on this machine


@dataclass(frozen=True, kw_only=True)
class Service:
    """Something that runs: a service under work, a need, a stub server."""

    name: str = field(metadata=NAME)
    role: Role
    image: Template | None = None
    build: Build | None = None
    command: Command | None = None
    entrypoint: Command | None = None
    environment: Mapping[str, Template] = field(default_factory=dict)
    port: Port | None = None
    extra_ports: tuple[Port, ...] = ()  # further published ports; several may have the same target
    probe: Probe = STAYS_UP
    depends_on: tuple[Dependency, ...] = ()
    files: tuple[str, ...] = field(default=(), metadata=NAME)  # names of the secrets and configs that it references
    public: tuple[str, ...] = field(default=(), metadata=NAME)  # key pairs of which it uses only the public half
    volumes: tuple[Volume, ...] = ()
    aliases: tuple[str, ...] = ()  # further names on the environment's network
    own_healthcheck: tuple[str, ...] = ()  # a command in its image, used only in an ejected folder
    labels: Mapping[str, Template] = field(default_factory=dict)  # of its container
    compose: Mapping[str, Any] = field(default_factory=dict)  # raw Compose keys, as written
    native: Native | None = None
    # None: what its build and command suggest; changes nothing of what runs
    watch: tuple[WatchRule, ...] | None = field(default=None, compare=False, repr=False)
    own_address: bool = False  # reachable from this machine on its own port, at an IP address of its own
    digest: str = ""  # of the files it is built from
    overlaid: str = ""  # digest of the changes by the repository's own fragments; empty without changes
    at: Position | None = field(default=None, compare=False, repr=False)

    @property
    def ports(self) -> tuple[Port, ...]:
        """Every published port, its own first."""
        return ((self.port,) if self.port else ()) + self.extra_ports

    @property
    def folder(self) -> Path:
        """The folder of its commands on this machine: as configured, else its build context, else its description's."""
        if self.native and self.native.working_dir:
            return self.native.working_dir
        if self.build:
            return self.build.context
        return self.at.file.parent if self.at else Path.cwd()

    @property
    def local_command(self) -> Command:
        """Its command on this machine; empty if the description has none."""
        if self.native and self.native.command:
            return self.native.command
        return (*(self.entrypoint or ()), *(self.command or ()))

    @property
    def is_on_machine_network(self) -> bool:
        """Whether it uses the host network instead of the environment's network."""
        return self.compose.get("network_mode") == "host"


@dataclass(frozen=True, kw_only=True)
class Need:
    """A backing service: its login and its data."""

    name: str = field(metadata=NAME)
    kind: str
    version: str
    user: str
    password: Template | None = None  # None: random, kept in the environment's state
    databases: tuple[str, ...] = ()  # the first one is used in its URL
    extensions: tuple[str, ...] = ()
    settings: Mapping[str, Template] = field(default_factory=dict)  # options of its server
    users: Mapping[str, str] = field(default_factory=dict)  # who can log in: the subject, and the claims as JSON
    image: Template | None = None  # None: the default image of the kind at `version`
    port: int | None = None  # the port it listens on; None: the default of the kind
    own_address: bool = False
    keep: bool = False
    strict: bool = False  # a major version other than `version` is an error, not a warning
    at: Position | None = field(default=None, compare=False, repr=False)

    @property
    def database(self) -> str:
        """The database in its URL; empty without one."""
        return self.databases[0] if self.databases else ""

    @property
    def is_open(self) -> bool:
        """Whether the description sets an empty password."""
        return self.password is not None and not self.password.parts


class Unmatched(StrEnum):
    """What to do with a request that no stub matches."""

    FAIL = "fail"
    WARN = "warn"
    IGNORE = "ignore"


@dataclass(frozen=True, kw_only=True)
class StubSource:
    """A source of an upstream's stubs: its kind, and the value from the description."""

    kind: str  # the key in the description
    value: Path | str
    options: Mapping[str, Path | str | bool] = field(default_factory=dict)
    at: Position | None = field(default=None, compare=False, repr=False)

    @property
    def path(self) -> Path:
        """The file or folder that it is read from."""
        return Path(self.value)


@dataclass(frozen=True, kw_only=True)
class RealEnvironment:
    """A service of another environment, which is started from its description unless it runs."""

    description: Path | str  # a folder, a file, or the name of a description of this repository
    service: str = ""  # empty: that of the upstream's name, else the only one with a port


@dataclass(frozen=True, kw_only=True)
class Real:
    """The real server of an upstream: at a URL, started beside the environment, or in another environment.

    A header with `${env.NAME}` is resolved when it is used, and kept nowhere.
    """

    url: str = ""
    service: Service | None = None
    environment: RealEnvironment | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Upstream:
    """An external service, answered by stubs; of several sources of one kind the first has precedence."""

    name: str = field(metadata=NAME)
    server: str = field(metadata=NAME)  # the stub server that answers for it
    port: int = 80
    own_address: bool = False
    hosts: tuple[str, ...] = ()  # further Host headers that identify it, besides its name
    is_templated: bool = False  # WireMock treats every response as a template, not only those whose stubs request it
    sources: tuple[StubSource, ...] = ()
    unmatched: Unmatched = Unmatched.FAIL
    proxies: tuple[str, ...] = ()  # `HOST:PORT` of servers that some of its stubs proxy to
    real: Real | None = None
    responder: str = ""  # the subject of the responder that answers instead of stubs
    digest: str = ""  # of all files of its sources


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A situation to show: stubs, flags and failures that are active together."""

    about: str = ""  # what to show, for a person
    stubs: Mapping[str, tuple[Path, ...]] = field(default_factory=dict)  # WireMock roots or mappings, by upstream
    flags: str = ""  # values by name, as JSON
    faults: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # words, by upstream or need


@dataclass(frozen=True, kw_only=True)
class Stack:
    """The things to run in one environment; `services` includes needs and stub servers."""

    name: str
    env: str
    folder: Path  # the repository
    services: Mapping[str, Service]
    needs: Mapping[str, Need] = field(default_factory=dict)
    upstreams: Mapping[str, Upstream] = field(default_factory=dict)
    files: Mapping[str, File] = field(default_factory=dict)
    jobs: tuple[Job, ...] = ()
    state_jobs: tuple[Job, ...] = ()  # jobs and seeds that run for provider states of Pact alone
    smoke: tuple[Smoke, ...] = ()
    notes: tuple[Template, ...] = ()  # for a person, when all is ready
    flags: str = ""  # feature flags, as JSON in flagd's format
    faults: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # profiles of failures, each in words
    scenarios: Mapping[str, Scenario] = field(default_factory=dict)
    hosts: tuple[str, ...] = ()  # allowed by the user, in addition to the environment's own
    leads: Mapping[str, str] = field(default_factory=dict, repr=False)  # paths on this machine, resolved
    rendered: str = field(default="", repr=False)  # the Compose file rendered by the repository's fragments, checked

    @cached_property
    def ports(self) -> Mapping[str, Port]:
        """Every published port by the name it belongs to."""
        return {port.name: port for service in self.services.values() for port in service.ports}

    @cached_property
    def at_own_addresses(self) -> Mapping[str, tuple[str, int]]:
        """Ports at IP addresses of their own on this machine: the name of the address's owner, and the port."""
        found = {one.name: (one.name, one.port) for one in self.upstreams.values() if one.own_address}
        for service in self.services.values():
            ports = service.ports[:1] if service.role is Role.NEED else service.ports  # needs can share a server
            found |= {port.name: (service.name, port.target) for port in ports if service.own_address}
        return found

    @cached_property
    def listeners(self) -> Mapping[str, str]:
        """The service that listens on a port, by the port's name."""
        return {port.name: service.name for service in self.services.values() for port in service.ports}

    def unmatched(self, upstream: str, asked: str = "") -> Unmatched:
        """The policy for an upstream's unmatched requests, unless `asked` overrides it; without an upstream: fail."""
        known = self.upstreams.get(upstream)
        return Unmatched(asked) if asked else known.unmatched if known else Unmatched.FAIL

    def of(self, *roles: Role) -> tuple[Service, ...]:
        """The services that have one of these roles, in order."""
        return tuple(service for service in self.services.values() if service.role in roles)
