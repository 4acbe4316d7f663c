"""Jobs and smoke checks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from localenv.errors.problems import Position
from localenv.stack.texts import NAME, Command, Template, shell_line


class Stage(StrEnum):
    """When a job runs, in this order."""

    MIGRATE = "migrate"
    SEED = "seed"
    JOB = "job"
    SMOKE = "smoke"


@dataclass(frozen=True, kw_only=True)
class Job:
    """A command in the container or process of `service`, or a file loaded into `need`; runs once and completes."""

    name: str = field(metadata=NAME)  # "db.migrate", "db.seed.2", "assets"
    stage: Stage
    service: str = field(default="", metadata=NAME)  # whose image, folder and environment the command uses
    need: str = field(default="", metadata=NAME)
    command: Command = ()
    file: Path | None = None
    table: str | None = None
    environment: Mapping[str, Template] = field(default_factory=dict)
    depends_on: tuple[str, ...] = field(default=(), metadata=NAME)
    states: tuple[str, ...] = ()  # provider states of Pact for which alone it runs
    files: tuple[str, ...] = field(default=(), metadata=NAME)
    public: tuple[str, ...] = field(default=(), metadata=NAME)  # key pairs of which it uses only the public half
    digest: str = ""  # of its inputs: a job with an equal digest is not run again
    goes_by: tuple[str, ...] = field(default=(), compare=False, repr=False)  # these inputs, relative to the repository
    has_inputs: bool = field(default=False, compare=False, repr=False)  # they are listed in the description
    at: Position | None = field(default=None, compare=False, repr=False)

    @property
    def title(self) -> str:
        """A one-line description of the job."""
        return self.file.name if self.file else shell_line(self.command)


@dataclass(frozen=True, kw_only=True)
class Smoke:
    """A smoke check: a request, a count of an upstream's requests, or a command."""

    name: str
    method: str = "GET"
    url: Template | None = None
    json: Any = None  # scalars are Templates
    form: Mapping[str, Template] = field(default_factory=dict)
    body: Template | None = None
    headers: Mapping[str, Template] = field(default_factory=dict)
    status: tuple[int, ...] = ()  # empty: 2xx
    contains: str | None = None
    save: Mapping[str, str] = field(default_factory=dict)  # from the response, for `${answer.NAME}` in later checks
    upstream: str | None = field(default=None, metadata=NAME)
    requests: int | None = None
    job: Job | None = None
    at: Position | None = field(default=None, compare=False, repr=False)
