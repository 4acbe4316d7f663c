"""The base of all models of the format: frozen, no unknown keys, a short form, a position."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    GetJsonSchemaHandler,
    ModelWrapValidatorHandler,
    PrivateAttr,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from localenv.description.raw import described
from localenv.description.short_forms import entry
from localenv.description.values import mistake
from localenv.errors.problems import Position
from localenv.sources import Table, Text

_NOWHERE = Position(Path())
_DISABLED = "PYDANTIC_DISABLE_PLUGINS"


@contextmanager
def _without_plugins() -> Iterator[None]:
    before = os.environ.get(_DISABLED)
    os.environ[_DISABLED] = "__all__"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_DISABLED]
        else:
            os.environ[_DISABLED] = before


class Model(BaseModel):
    """A mapping of the format; `at` is where it begins, or the key it stands under."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, defer_build=True)

    SHORT: ClassVar[str] = ""  # the key that a text sets if it replaces the mapping
    EXAMPLE: ClassVar[str] = ""  # what to write in place of a value that is no mapping
    _at: Position = PrivateAttr(default=_NOWHERE)

    @property
    def at(self) -> Position:
        """The position of the mapping."""
        return self._at

    def placed(self, at: Position) -> Self:
        """A copy at another position."""
        copy = self.model_copy()
        copy._at = at
        return copy

    def members(self) -> Iterator[tuple[str, object]]:
        """Its keys and values; a malformed key has no value."""
        yield from vars(self).items()

    def count(self, *keys: str) -> int:
        """The number of these keys that are set."""
        return sum(getattr(self, key) is not None for key in keys)

    @classmethod
    def long(cls, node: Any) -> Any:
        """Convert a short form to the long form."""
        return entry(cls.SHORT, node) if cls.SHORT and isinstance(node, Text) else node

    @classmethod
    def model_rebuild(cls, **options: Any) -> bool | None:
        """Build the validator without Pydantic's plugins: the search for them reads each installed package."""
        with _without_plugins():
            return super().model_rebuild(**options)

    @model_validator(mode="wrap")
    @classmethod
    def _read(cls, node: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        table = cls.long(node)
        if not isinstance(table, Table):
            hint = f"as in {cls.EXAMPLE}" if cls.EXAMPLE else ""
            raise mistake(f"must be a mapping, not {described(node)}", hint)
        model = handler({key: value for key, value in table.items() if not key.startswith("x-")})
        model._at = table.at
        return model

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        reference = handler(core)
        schema = handler.resolve_ref_schema(reference)
        if "properties" not in schema:
            return reference
        schema["patternProperties"] = {"^x-": {}}
        schema["title"] = cls.__name__.removesuffix("Model")
        if short := cls.short_form(schema["properties"]):
            long = dict(schema)
            schema.clear()
            schema.update(title=long["title"], anyOf=[short, long])
        return reference

    @classmethod
    def short_form(cls, properties: dict[str, Any]) -> dict[str, Any]:
        """The schema of its short form; empty if there is none."""
        if not cls.SHORT:
            return {}
        key_schema = properties[cls.SHORT]
        first = key_schema.get("anyOf", [key_schema])[0]
        return {key: first[key] for key in ("type", "pattern") if key in first}
