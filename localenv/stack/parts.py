"""What a service is made from and what is put beside it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from localenv.errors import Position
from localenv.stack.texts import NAME, Command, Template


@dataclass(frozen=True, kw_only=True)
class Build:
    """How an image comes to be; two services with equal builds share one image. Paths are absolute."""

    context: Path
    dockerfile: Path | None = None
    dockerfile_inline: str | None = None
    target: str | None = None
    args: Mapping[str, Template] = field(default_factory=dict)
    secrets: tuple[str, ...] = field(default=(), metadata=NAME)  # that a step of the build reads
    ssh: tuple[str, ...] = ()  # agents, in Compose's words
    additional_contexts: Mapping[str, Path | str] = field(default_factory=dict)

    at: Position | None = field(default=None, compare=False, repr=False)

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folders that it reads beside its context."""
        return tuple(one for one in self.additional_contexts.values() if isinstance(one, Path))

    @property
    def file(self) -> Path | None:
        """The Dockerfile, which need not be there; None for one in the description."""
        return None if self.dockerfile_inline else self.dockerfile or self.context / "Dockerfile"


@dataclass(frozen=True, kw_only=True)
class Setup:
    """A step that prepares a folder for the native engine, done again when what it goes by changes."""

    command: Command
    # the files it goes by, from the repository, with a digest of each; many at once are one entry
    inputs: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, kw_only=True)
class Native:
    """What differs for a service on a machine without Docker."""

    working_dir: Path | None = None
    python: str | None = None
    node: str | None = None
    setup: tuple[Setup, ...] = ()
    command: Command | None = None
    environment: Mapping[str, Template] = field(default_factory=dict)  # beside that of the service


@dataclass(frozen=True, kw_only=True)
class Dependency:
    """`depends_on`, in Compose's words."""

    name: str = field(metadata=NAME)
    condition: str = "service_started"  # service_started, service_healthy, service_completed_successfully


class FileKind(StrEnum):
    """Compose's word for a file that is put in place for a service."""

    SECRET = "secret"  # noqa: S105
    CONFIG = "config"


@dataclass(frozen=True, kw_only=True)
class File:
    """A secret or a config; exactly one of generate, content, file and variable says where its content is from."""

    name: str = field(metadata=NAME)
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
