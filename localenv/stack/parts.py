"""The parts of a service: builds, setup steps, dependencies, files, volumes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from localenv.errors.problems import Position
from localenv.stack.texts import NAME, Command, Template


@dataclass(frozen=True, kw_only=True)
class Build:
    """An image build; services with equal builds share one image. Paths are absolute."""

    context: Path
    dockerfile: Path | None = None
    dockerfile_inline: str | None = None
    target: str | None = None
    args: Mapping[str, Template] = field(default_factory=dict)
    secrets: tuple[str, ...] = field(default=(), metadata=NAME)  # used by build steps
    ssh: tuple[str, ...] = ()  # SSH agents, in Compose's syntax
    additional_contexts: Mapping[str, Path | str] = field(default_factory=dict)

    at: Position | None = field(default=None, compare=False, repr=False)

    @property
    def folders(self) -> tuple[Path, ...]:
        """Folders that the build reads besides its context."""
        return tuple(one for one in self.additional_contexts.values() if isinstance(one, Path))

    @property
    def file(self) -> Path | None:
        """The Dockerfile, which may not exist; None if it is inline."""
        return None if self.dockerfile_inline else self.dockerfile or self.context / "Dockerfile"


ALL_FILES = "a file of "  # begins the name of an input that is a whole folder


@dataclass(frozen=True, kw_only=True)
class Setup:
    """A setup step of the native engine, repeated when its inputs change."""

    command: Command
    # the input files, relative to the repository, with a digest of each; a large set is one entry
    inputs: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)

    @property
    def reads_code(self) -> bool:
        """Whether it goes by all files of its folder, as a compiler does."""
        return any(one.startswith(ALL_FILES) for one in self.inputs)


@dataclass(frozen=True, kw_only=True)
class Native:
    """Settings of a service for a machine without Docker."""

    working_dir: Path | None = None
    python: str | None = None
    node: str | None = None
    setup: tuple[Setup, ...] = ()
    command: Command | None = None
    environment: Mapping[str, Template] = field(default_factory=dict)  # in addition to the service's environment


@dataclass(frozen=True, kw_only=True)
class WatchExec:
    """A command that runs in a service after files were copied."""

    command: tuple[str, ...]
    user: str | None = None
    working_dir: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    privileged: bool = False


@dataclass(frozen=True, kw_only=True)
class WatchRule:
    """What is done while files below `path` change, in Compose's terms; patterns as in `.dockerignore`."""

    path: Path
    action: str  # sync, restart, rebuild, sync+restart, sync+exec
    target: str | None = None  # the path in the container
    ignore: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    initial_sync: bool = False  # everything is copied when the watch begins
    exec: WatchExec | None = None
    at: Position | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, kw_only=True)
class Dependency:
    """`depends_on`, in Compose's terms."""

    name: str = field(metadata=NAME)
    condition: str = "service_started"  # service_started, service_healthy, service_completed_successfully


class FileKind(StrEnum):
    """Compose's term for a file that is mounted into a service."""

    SECRET = "secret"  # noqa: S105
    CONFIG = "config"


@dataclass(frozen=True, kw_only=True)
class File:
    """A secret or a config; exactly one of generate, content, file and variable defines its content."""

    name: str = field(metadata=NAME)
    kind: FileKind
    generate: str | None = None  # rsa-2048, ec-p256, password
    content: Template | None = None
    file: Path | None = None
    variable: str | None = None  # from the environment of the command
    at: Position | None = field(default=None, compare=False, repr=False)

    @property
    def is_pair(self) -> bool:
        """Whether it is a key pair with a public half."""
        return self.generate in ("rsa-2048", "ec-p256")

    @property
    def halves(self) -> tuple[str, ...]:
        """The names of its files: of a pair the private key, then the public one."""
        return (self.name, f"{self.name}.pub") if self.is_pair else (self.name,)


@dataclass(frozen=True, kw_only=True)
class Volume:
    """A named volume of the environment that outlives its containers."""

    name: str
    target: str
