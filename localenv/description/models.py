"""The format of everything but services: needs, steps, files, upstreams, smoke checks, and the whole."""

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

from pydantic import Field, PlainValidator, WithJsonSchema, create_model, model_validator

from localenv.description.forms import Listed, OneOrMany, Request, Variables, entry, files_first
from localenv.description.model import Model
from localenv.description.service import BuildModel, HealthcheckModel, NativeModel, ServiceModel, SetupModel
from localenv.description.values import (
    Count,
    Fixed,
    Json,
    PortNumber,
    Relative,
    SomeLine,
    Status,
    Templated,
    Truth,
    Where,
    Words,
    choice,
    fixed,
    mistake,
    tag,
)
from localenv.needs import KINDS, kind
from localenv.sources import Node, Null, Text
from localenv.stack import Template

__all__ = [
    "BuildModel",
    "Document",
    "FileModel",
    "HealthcheckModel",
    "NativeModel",
    "NeedModel",
    "ServiceModel",
    "SetupModel",
    "SmokeModel",
    "StepModel",
    "UpstreamModel",
    "WrittenNeed",
]


class StepModel(Model):
    """A command in the place of a service, or a file read into a need; globs are expanded, the service is settled."""

    SHORT: ClassVar[str] = "command"

    command: Annotated[SomeLine, Field(description="Split without a shell; replaces entrypoint and command.")] = ()
    file: Annotated[Where | None, Field(description="A file for the need: .sql, .sql.gz, .csv, .json, .ndjson.")] = None
    table: Annotated[Fixed | None, Field(description="The table rows are read into.")] = None
    service: Annotated[Fixed | None, Field(description="In whose image, folder and environment it runs.")] = None
    inputs: Annotated[Listed[Relative] | None, Field(description="Globs; they decide whether it is done again.")] = None
    environment: Annotated[Variables[Templated], Field(default_factory=dict, description="More variables.")]
    depends_on: Annotated[Listed[Fixed], Field(description="Jobs that run before it.")] = ()

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        if bool(self.command) == bool(self.file):
            raise mistake("must say either a command or a file")
        if self.table and not self.file:
            raise mistake("has a table but no file to read into it")
        if self.file and (self.count("service", "inputs") or self.environment):
            raise mistake(
                "is a file, which has no service, inputs or environment", "a file goes through the server's own client"
            )
        return self


Steps = Listed[StepModel]
Seeds = Annotated[tuple[StepModel, ...], OneOrMany(files_first)]


def _database(node: Node) -> tuple[str, ...]:
    return () if isinstance(node, Null) else (fixed(node),)


_NULLABLE = {"type": ["string", "number", "null"]}


class NeedModel(Model):
    """A backing service; `databases` is None where nothing was said, and empty where none is to be made."""

    user: Annotated[Fixed | None, Field(description="Default: the environment's name, with _ for -.")] = None
    password: Annotated[Templated | None, Field(description="Default: random, kept in the environment's state.")] = None
    database: Annotated[
        tuple[str, ...] | None,
        PlainValidator(_database),
        WithJsonSchema(_NULLABLE),
        Field(description="Default: as the user; null: none is made."),
    ] = None
    databases: Annotated[Listed[Fixed] | None, Field(description="More than one; the first is in its URL.")] = None
    extensions: Annotated[Listed[Fixed], Field(description="Extensions that are created.")] = ()
    image: Annotated[Templated | None, Field(description="An image of the same kind.")] = None
    keep: Annotated[Truth, Field(description="true: its data outlives the environment.")] = False
    migrate: Annotated[Steps, Field(description="What makes its schema.")] = ()
    seed: Annotated[Seeds, Field(description="What fills it: globs of files, or commands.")] = ()

    @property
    def kind(self) -> str:
        """postgres, redis, …"""
        return next(name for name in KINDS if getattr(self, name) is not None)

    @property
    def version(self) -> str:
        """The tag of its image: as said, else the kind's own."""
        version: str | None = getattr(self, self.kind)
        return version or kind(self.kind).VERSION

    @classmethod
    def long(cls, node: Any) -> Any:
        """`redis` as `{redis: …}` that says no version."""
        if not isinstance(node, Text):
            return node
        if node not in KINDS:
            hint = "with a version: {redis: 8}" if node.partition(":")[0] in KINDS else ""
            later = (
                "is smtp, which is to come" if node == "smtp" else f"must be one of {', '.join(KINDS)}, not '{node}'"
            )
            raise mistake(later, hint)
        table = entry(str(node), node)
        table[str(node)] = UNSAID
        return table

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        kinds = [name for name in KINDS if getattr(self, name) is not None]
        if not kinds:
            raise mistake("does not say what it is", f"one of {', '.join(KINDS)}, as in postgres: 17")
        if len(kinds) > 1:
            raise mistake(
                f"is both {' and '.join(kinds)}", f"leave one out; in an overlay, {kinds[0]}: null removes it"
            )
        return self

    @model_validator(mode="after")
    def _databases_once(self) -> Self:
        if self.count("database", "databases") > 1:
            raise mistake("has both database: and databases:", "leave one out")
        return self if self.database is None else self.model_copy(update={"databases": self.database, "database": None})


UNSAID = Text()


def _version(node: Node) -> str:
    return "" if node is UNSAID else tag(node)


if TYPE_CHECKING:
    WrittenNeed = NeedModel
else:
    _VERSION = Annotated[str | None, PlainValidator(_version), WithJsonSchema({"type": ["string", "number"]})]
    WrittenNeed = create_model(
        "NeedModel",
        __base__=NeedModel,
        **{name: (_VERSION, Field(None, description="The tag of its image.")) for name in KINDS},
    )


class FileModel(Model):
    """A secret or a config."""

    generate: Annotated[str | None, *choice("rsa-2048", "ec-p256", "password"), Field(description="Made anew.")] = None
    content: Annotated[Templated | None, Field(description="The text itself, with references.")] = None
    file: Annotated[Where | None, Field(description="A file, relative to this one.")] = None
    environment: Annotated[Fixed | None, Field(description="A variable of the command's environment.")] = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if self.count("generate", "content", "file", "environment") != 1:
            raise mistake("must have exactly one of generate:, content:, file: and environment:")
        return self


class UpstreamModel(Model):
    """A service of others, answered by stubs; the first root of `stubs` lies on top."""

    stubs: Annotated[Listed[Where], Field(description="WireMock roots; the first lies on top.")] = ()
    port: Annotated[PortNumber | None, Field(description="Where the program has the port fixed.")] = None
    address: Annotated[str | None, *choice("own"), Field(description="Native: a loopback address of its own.")] = None
    unmatched: Annotated[
        str, *choice("fail", "warn", "ignore"), Field(description="What a request that no stub matches means.")
    ] = "fail"


class SmokeModel(Model):
    """A last check: a request, a count of an upstream's requests, or a command."""

    SHORT: ClassVar[str] = "request"

    request: Annotated[Request | None, Field(description="As in GET ${api.url}/health.")] = None
    json_body: Annotated[Json, Field(alias="json", description="The body.")] = None
    headers: Annotated[Variables[Templated], Field(default_factory=dict, description="More headers.")]
    status: Annotated[Listed[Status], Field(description="The answers that pass; default: 2xx.")] = ()
    contains: Annotated[Words | None, Field(description="A text in the body of the answer.")] = None
    upstream: Annotated[Fixed | None, Field(description="An upstream that was called.")] = None
    requests: Annotated[Count | None, Field(description="How often; default: at least once.")] = None
    command: Annotated[SomeLine | None, Field(description="A command that ends with 0.")] = None
    service: Annotated[Fixed | None, Field(description="Where the command runs.")] = None
    environment: Annotated[
        Variables[Templated], Field(default_factory=dict, description="More variables for the command.")
    ]

    @property
    def method(self) -> str:
        """The method of the request."""
        return self.request[0] if self.request else "GET"

    @property
    def url(self) -> Template | None:
        """The URL of the request; None where there is none."""
        return self.request[1] if self.request else None

    @property
    def step(self) -> StepModel | None:
        """The command as a step; None where there is none."""
        if not self.command:
            return None
        step = StepModel.model_construct(command=self.command, service=self.service, environment=self.environment)
        return step.placed(self.at)

    @model_validator(mode="after")
    def _one_check(self) -> Self:
        said = self.model_fields_set
        if self.count("request", "upstream", "command") != 1:
            raise mistake("must have exactly one of request:, upstream: and command:")
        if not self.request and said & {"json_body", "headers", "status", "contains"}:
            raise mistake("has json, headers, status or contains, but no request:")
        if not self.upstream and self.requests is not None:
            raise mistake("has requests:, but no upstream: to count them of")
        if not self.command and said & {"service", "environment"}:
            raise mistake("has a service or environment, but no command:")
        return self


class Document(Model):
    """A description, as an editor sees it."""

    version: Annotated[Count, Field(description="The version of this format: 1.")] = 1
    extends: Annotated[Fixed | None, Field(description="Another description this one lies over.")] = None
    name: Annotated[Fixed | None, Field(description="Default: the folder of the repository.")] = None
    services: Annotated[dict[str, ServiceModel], Field(default_factory=dict, description="Under work, run for real.")]
    needs: Annotated[dict[str, WrittenNeed], Field(default_factory=dict, description="Backing services, run for real.")]
    secrets: Annotated[
        dict[str, FileModel], Field(default_factory=dict, description="Files only who refers to them can read.")
    ]
    configs: Annotated[dict[str, FileModel], Field(default_factory=dict, description="Files that are put in place.")]
    upstreams: Annotated[
        dict[str, UpstreamModel], Field(default_factory=dict, description="Services of others: stubs.")
    ]
    jobs: Annotated[dict[str, StepModel], Field(default_factory=dict, description="Run once, before the services.")]
    smoke: Annotated[Listed[SmokeModel], Field(description="Last checks that it works.")] = ()
