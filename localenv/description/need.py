"""The format of a need, and of the steps that fill it."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

from pydantic import Field, PlainValidator, WithJsonSchema, create_model, model_validator

from localenv.description.model import Model
from localenv.description.short_forms import Listed, OneOrMany, SettingMap, Users, VariableMap, entry, files_first
from localenv.description.values import (
    Fixed,
    ImageName,
    PortNumber,
    Relative,
    SomeLine,
    Templated,
    Truth,
    choice,
    fixed,
    mistake,
    path,
    tag,
    text,
)
from localenv.description.words import suggestion
from localenv.needs import others
from localenv.needs.files import ENDINGS
from localenv.needs.kinds import KINDS
from localenv.sources import Node, Null, Text


def _data_file(node: Node) -> Path:
    content = text(node)
    if "${" in content:
        hint = "a command is written as {command: …, service: …}"
        raise mistake("must be a file, without references", hint, content.within(content.index("${")))
    return path(node)


LoadedFile = Annotated[Path, PlainValidator(_data_file), WithJsonSchema({"type": "string"})]


class StepModel(Model):
    """A command that runs in a service, or a file loaded into a need; globs are expanded, `service` is set."""

    SHORT: ClassVar[str] = "command"

    command: Annotated[
        SomeLine, Field(description="Command, split without a shell; replaces entrypoint and command.")
    ] = ()
    file: Annotated[LoadedFile | None, Field(description=f"A file to load into the need: {ENDINGS}.")] = None
    table: Annotated[Fixed | None, Field(description="The table to load rows into.")] = None
    service: Annotated[Fixed | None, Field(description="The service whose image, folder and environment it uses.")] = (
        None
    )
    inputs: Annotated[Listed[Relative] | None, Field(description="Globs; it runs again when these files change.")] = (
        None
    )
    environment: Annotated[VariableMap[Templated], Field(default_factory=dict, description="Additional variables.")]
    depends_on: Annotated[Listed[Fixed], Field(description="Jobs that run before it.")] = ()
    states: Annotated[
        Listed[Fixed],
        Field(description="Of a job or seed: it runs for these provider states of Pact, and not with up."),
    ] = ()

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        if bool(self.command) == bool(self.file):
            raise mistake("needs either command: or file:")
        if self.table and not self.file:
            raise mistake("has table: but no file:")
        if self.file and (self.count("service", "inputs") or self.environment):
            raise mistake(
                "is a file; service:, inputs: and environment: are not allowed", "the client of the server loads files"
            )
        return self


StepList = Listed[StepModel]
Seeds = Annotated[tuple[StepModel, ...], OneOrMany(files_first)]


def _database(node: Node) -> tuple[str, ...]:
    return () if isinstance(node, Null) else (fixed(node),)


_NULLABLE = {"type": ["string", "number", "null"]}


class NeedModel(Model):
    """A backing service; `databases` is None by default, and empty if none is created."""

    user: Annotated[Fixed | None, Field(description="User; default: the name of the environment, with _ for -.")] = None
    password: Annotated[
        Templated | None, Field(description="Password; default: random, kept in the state; '': none.")
    ] = None
    database: Annotated[
        tuple[str, ...] | None,
        PlainValidator(_database),
        WithJsonSchema(_NULLABLE),
        Field(description="Database; default: the user; null: none."),
    ] = None
    databases: Annotated[Listed[Fixed] | None, Field(description="Several databases; the URL has the first.")] = None
    extensions: Annotated[Listed[Fixed], Field(description="Extensions to create.")] = ()
    settings: Annotated[
        SettingMap[Templated],
        Field(default_factory=dict, description="Options of the server, as in max_connections: 200."),
    ]
    users: Annotated[
        Users, Field(default_factory=dict, description="Who can log in, with claims: {jane: {email: jane@a.example}}.")
    ]
    image: Annotated[ImageName | None, Field(description="Another image of the same kind.")] = None
    port: Annotated[PortNumber | None, Field(description="Where the server listens; default: its kind's port.")] = None
    address: Annotated[
        str | None,
        *choice("own"),
        Field(description="own: on this machine at a separate loopback address, on its port."),
    ] = None
    strict: Annotated[Truth, Field(description="true: another major version, natively, is an error.")] = False
    keep: Annotated[Truth, Field(description="true: keep the data when the environment is removed.")] = False
    migrate: Annotated[StepList, Field(description="Commands or files that create the schema.")] = ()
    seed: Annotated[Seeds, Field(description="Files (globs) or commands that load the data.")] = ()

    @property
    def kind(self) -> str:
        """postgres, redis, …"""
        return next(name for name in KINDS if getattr(self, name) is not None)

    @property
    def version(self) -> str:
        """The tag of its image: as described, else the kind's default."""
        version: str | None = getattr(self, self.kind)
        return version or KINDS[self.kind].version

    @classmethod
    def long(cls, node: Any) -> Any:
        """Convert `redis` to `{redis: …}` without a version."""
        if not isinstance(node, Text):
            return node
        if node not in KINDS:
            kind, _, version = node.partition(":")
            hint = f"with a version: {{{kind}: {version}}}" if kind in KINDS else others.hint(kind)
            meant = hint or suggestion(kind, KINDS) or others.ELSE.format(kind)
            raise mistake(f"must be one of {', '.join(KINDS)}, not '{node}'", meant)
        table = entry(str(node), node)
        table[str(node)] = UNSAID
        return table

    @classmethod
    def short_form(cls, properties: dict[str, Any]) -> dict[str, Any]:
        """The schema of its short form."""
        return {"enum": list(KINDS)}

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        kinds = [name for name in KINDS if getattr(self, name) is not None]
        if not kinds:
            raise mistake("has no kind", f"one of {', '.join(KINDS)}, as in postgres: 17")
        if len(kinds) > 1:
            raise mistake(
                f"has several kinds: {', '.join(kinds)}",
                f"remove one; in a file that extends another, {kinds[0]}: null removes it",
            )
        return self

    @model_validator(mode="after")
    def _users_of_a_provider(self) -> Self:
        if self.users and not KINDS[self.kind].has_users:
            able = ", ".join(name for name, kind in KINDS.items() if kind.has_users)
            raise mistake(f"has users:, which {self.kind} does not have", f"needs with users: {able}")
        return self

    @model_validator(mode="after")
    def _keeps_what_it_has(self) -> Self:
        if self.keep and not KINDS[self.kind].keeps_data:
            raise mistake(f"has keep: true, and {self.kind} has its data in memory alone", "remove keep:")
        return self

    @model_validator(mode="after")
    def _databases_once(self) -> Self:
        if self.count("database", "databases") > 1:
            raise mistake("has both database: and databases:", "remove one")
        return self if self.database is None else self.model_copy(update={"databases": self.database, "database": None})


UNSAID = Text()


def _version(kind: str, node: Node) -> str:
    if not isinstance(node, Text):
        what = "has no version" if isinstance(node, Null) else "must be a version"
        hint = f"write it, as in {kind}: {KINDS[kind].version}; a need without further keys is NAME: {kind}"
        raise mistake(what, hint)
    return "" if node is UNSAID else tag(node)


if TYPE_CHECKING:
    WrittenNeed = NeedModel
else:
    _SCHEMA, _TOLD = WithJsonSchema({"type": ["string", "number"]}), "The version: the tag of the image."

    WrittenNeed = create_model(
        "NeedModel",
        __base__=NeedModel,
        **{
            name: (
                Annotated[str | None, PlainValidator(partial(_version, name)), _SCHEMA],
                Field(None, description=_TOLD),
            )
            for name in KINDS
        },
    )
