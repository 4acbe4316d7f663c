"""Everything that has to run, as inert values: the planner makes them, engines and templates read them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

from localenv.errors import Position

_DOLLAR = re.compile(r"\$(?=[${]|\Z)")  # one that would not read back as text


class Role(StrEnum):
    """What something is to the environment."""

    SERVICE = "service"
    NEED = "need"
    UPSTREAM = "upstream"
    STUBS = "stubs"  # the server that answers for upstreams
    JOB = "job"


class Reader(StrEnum):
    """Where the one who reads an address sits."""

    INSIDE = "inside"  # in a place of the environment
    MACHINE = "machine"  # on this machine


@dataclass(frozen=True, kw_only=True)
class Reference:
    """`${name.attribute}` as written; `default` and `message` belong to `${env.X:-default}` and `${env.X:?message}`."""

    name: str
    attribute: str = ""
    default: str | None = None
    message: str | None = None

    def __str__(self) -> str:
        default = "" if self.default is None else f":-{self.default}"
        message = "" if self.message is None else f":?{self.message}"
        return "${" + self.name + (f".{self.attribute}" if self.attribute else "") + default + message + "}"


@dataclass(frozen=True)
class Template:
    """A text with references in it, parsed once and settled for each reader."""

    parts: tuple[str | Reference, ...] = ()
    at: Position | None = field(default=None, compare=False, repr=False)

    @property
    def references(self) -> tuple[Reference, ...]:
        """The references, in the order written."""
        return tuple(part for part in self.parts if isinstance(part, Reference))

    def __str__(self) -> str:
        return "".join(_DOLLAR.sub("$$", part) if isinstance(part, str) else str(part) for part in self.parts)


Command = tuple[Template, ...]


@dataclass(frozen=True, kw_only=True)
class Connection:
    """How one reader reaches one target; texts, because in a rendered file a part may be a variable."""

    scheme: str
    host: str
    port: str
    user: str = ""
    password: str = ""
    quoted_password: str | None = None  # as it stands in a URL, where that is not simply the password encoded
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
    """A port something listens on, reachable from this machine on 127.0.0.1."""

    name: str  # whose port: a service, a need, an upstream, a stub server
    target: int  # where it listens, in its own place
    pinned: int | None = None  # the published port the description asks for

    @property
    def variable(self) -> str:
        """The variable that stands for the published port in a rendered file."""
        return f"{variable(self.name)}_PORT"


class ProbeKind(StrEnum):
    """How readiness is asked for."""

    HTTP = "http"
    TCP = "tcp"
    COMMAND = "command"
    NEED = "need"  # in the protocol of the need itself
    STUBS = "stubs"  # the stub server's own health answer
    ALIVE = "alive"  # stays up for a second


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


@dataclass(frozen=True, kw_only=True)
class Build:
    """How an image comes to be; two services with equal builds share one image. Paths are absolute."""

    context: Path
    dockerfile: Path | None = None
    dockerfile_inline: str | None = None
    target: str | None = None
    args: Mapping[str, Template] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Setup:
    """A step that prepares a folder for the native engine, done once per change of its inputs."""

    command: Command
    inputs: tuple[Path, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Native:
    """What differs for a service on a machine without Docker."""

    working_dir: Path | None = None
    python: str | None = None
    node: str | None = None
    setup: tuple[Setup, ...] = ()
    command: Command | None = None


@dataclass(frozen=True, kw_only=True)
class Dependency:
    """`depends_on`, in Compose's words."""

    name: str
    condition: str = "service_started"  # service_started, service_healthy, service_completed_successfully


class FileKind(StrEnum):
    """Compose's word for a file that is put in place for a service."""

    SECRET = "secret"  # noqa: S105
    CONFIG = "config"


@dataclass(frozen=True, kw_only=True)
class File:
    """A secret or a config; exactly one of generate, content, file and variable says where its content is from."""

    name: str
    kind: FileKind
    generate: str | None = None  # rsa-2048, ec-p256, password
    content: Template | None = None
    file: Path | None = None
    variable: str | None = None  # of the environment of the command
    at: Position | None = field(default=None, compare=False, repr=False)

    @property
    def is_pair(self) -> bool:
        """Whether it has a public half beside the private one."""
        return self.generate in ("rsa-2048", "ec-p256")


@dataclass(frozen=True, kw_only=True)
class Volume:
    """A named volume of the environment that outlives its containers."""

    name: str
    target: str


@dataclass(frozen=True, kw_only=True)
class Service:
    """One thing that runs: a service under work, a need, a stub server."""

    name: str
    role: Role
    image: Template | None = None
    build: Build | None = None
    command: Command | None = None
    entrypoint: Command | None = None
    environment: Mapping[str, Template] = field(default_factory=dict)
    port: Port | None = None
    extra_ports: tuple[Port, ...] = ()  # more published ports that lead to the same place
    probe: Probe = Probe(kind=ProbeKind.ALIVE)
    depends_on: tuple[Dependency, ...] = ()
    files: tuple[str, ...] = ()  # names of the secrets and configs it refers to
    volumes: tuple[Volume, ...] = ()
    aliases: tuple[str, ...] = ()  # more names on the environment's network
    healthcheck: tuple[str, ...] = ()  # a command in its image, for an ejected folder only
    compose: Mapping[str, Any] = field(default_factory=dict)  # raw Compose keys, as written
    native: Native | None = None
    own_address: bool = False  # natively it listens on its own port, at an address that nobody else has
    digest: str = ""  # of the files it is built from
    at: Position | None = field(default=None, compare=False, repr=False)

    @property
    def ports(self) -> tuple[Port, ...]:
        """Every published port, its own first."""
        return ((self.port,) if self.port else ()) + self.extra_ports


@dataclass(frozen=True, kw_only=True)
class Need:
    """A backing service: who may log in, and what is in it."""

    name: str
    kind: str
    version: str
    user: str
    password: Template | None = None  # None: random, kept in the environment's state
    databases: tuple[str, ...] = ()  # the first is the one in its URL
    extensions: tuple[str, ...] = ()
    image: Template | None = None  # None: the kind's own image at `version`
    keep: bool = False
    at: Position | None = field(default=None, compare=False, repr=False)

    @property
    def database(self) -> str:
        """The database in its URL; empty where there is none."""
        return self.databases[0] if self.databases else ""


class Unmatched(StrEnum):
    """What becomes of a request that no stub matches."""

    FAIL = "fail"
    WARN = "warn"
    IGNORE = "ignore"


@dataclass(frozen=True, kw_only=True)
class Upstream:
    """A service of others, answered by stubs; `roots` are WireMock roots, the first lies on top."""

    name: str
    server: str  # the stub server that answers for it
    port: int = 80
    own_address: bool = False
    roots: tuple[Path, ...] = ()
    unmatched: Unmatched = Unmatched.FAIL
    digest: str = ""  # of the files in its roots


class Stage(StrEnum):
    """When a job runs, in this order."""

    MIGRATE = "migrate"
    SEED = "seed"
    JOB = "job"
    SMOKE = "smoke"


@dataclass(frozen=True, kw_only=True)
class Job:
    """Something that runs once and completes: a command in the place of `service`, or a file read into `need`."""

    name: str  # "db.migrate", "db.seed.2", "assets"
    stage: Stage
    service: str = ""  # in whose image, folder and environment the command runs
    need: str = ""
    command: Command = ()
    file: Path | None = None
    table: str | None = None
    environment: Mapping[str, Template] = field(default_factory=dict)
    depends_on: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    digest: str = ""  # of its inputs: an equal one need not be done again
    at: Position | None = field(default=None, compare=False, repr=False)

    @property
    def title(self) -> str:
        """What it does, in one line."""
        return self.file.name if self.file else " ".join(map(str, self.command))


@dataclass(frozen=True, kw_only=True)
class Smoke:
    """A last check that the environment works: a request, a count of an upstream's requests, or a command."""

    name: str
    method: str = "GET"
    url: Template | None = None
    json: Any = None  # scalars are Templates
    headers: Mapping[str, Template] = field(default_factory=dict)
    status: tuple[int, ...] = ()  # empty: 2xx
    contains: str | None = None
    upstream: str | None = None
    requests: int | None = None
    job: Job | None = None
    at: Position | None = field(default=None, compare=False, repr=False)


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

    @cached_property
    def ports(self) -> Mapping[str, Port]:
        """Every published port by the name it belongs to."""
        return {port.name: port for service in self.services.values() for port in service.ports}

    def of(self, *roles: Role) -> tuple[Service, ...]:
        """The services that have one of these roles, in order."""
        return tuple(service for service in self.services.values() if service.role in roles)


def templates(value: object) -> Iterator[Template]:
    """Every template somewhere inside a value of this module."""
    if isinstance(value, Template):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from templates(item)
    elif isinstance(value, tuple | list):
        for item in value:
            yield from templates(item)
    elif is_dataclass(value):
        for member in fields(value):
            yield from templates(getattr(value, member.name))


def variable(name: str) -> str:
    """A name as it stands in the name of an environment variable: `my-api` → `MY_API`."""
    return "".join(character if character.isalnum() else "_" for character in name).upper()
