"""The format of a need, and of the steps that fill it."""

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

from pydantic import Field, PlainValidator, WithJsonSchema, create_model, model_validator

from localenv.description.forms import Listed, OneOrMany, Variables, entry, files_first
from localenv.description.model import Model
from localenv.description.values import Fixed, Image, Relative, SomeLine, Templated, Truth, Where, fixed, mistake, tag
from localenv.needs import KINDS, kind
from localenv.needs.files import ENDINGS
from localenv.sources import Node, Null, Text


class StepModel(Model):
    """A command in the place of a service, or a file read into a need; globs are expanded, the service is known."""

    SHORT: ClassVar[str] = "command"

    command: Annotated[SomeLine, Field(description="Split without a shell; replaces entrypoint and command.")] = ()
    file: Annotated[Where | None, Field(description=f"A file for the need: {ENDINGS}.")] = None
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
    image: Annotated[Image | None, Field(description="An image of the same kind.")] = None
    strict: Annotated[Truth, Field(description="true: natively too, no other major version than this one.")] = False
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

    @classmethod
    def short_form(cls, properties: dict[str, Any]) -> dict[str, Any]:
        """The schema of its short form."""
        return {"enum": list(KINDS)}

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
