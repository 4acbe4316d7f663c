"""The schemas of a contract: one shared registry, and a validator for each schema that is asked for."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import islice
from types import MappingProxyType
from typing import Any

import jsonschema_rs

from localenv.stubs.sources.openapi.discriminating import chosen, named, told_apart
from localenv.stubs.sources.openapi.foreign import is_foreign, requiring
from localenv.stubs.sources.openapi.marking import Marked, marked
from localenv.stubs.sources.openapi.modern import MARKS
from localenv.stubs.sources.openapi.pointers import BASE, pointed
from localenv.stubs.sources.openapi.reading import SMALLER, Contract
from localenv.stubs.sources.openapi.reasons import is_several, mistake, reason, short
from localenv.stubs.sources.openapi.variants import replaced, without_examples
from localenv.stubs.sources.openapi.walking import parts
from localenv.stubs.sources.openapi.weighing import heavy, is_too_heavy

_MOST_COMPILED = 200_000  # parts of schemas given as values, with all that they refer to, in one contract
_MOST_ALONE = 500_000  # the same for those named by a URI that cannot be compiled with others
_CORRECT = "correct it there; what it may be: https://spec.openapis.org/oas/latest.html"
_NOWHERE = "refer to a part that the document has, such as #/components/schemas/NAME"
_PLAIN = frozenset({"type", "title", "description", "default", "example", "examples", "deprecated", *MARKS})
_TYPES = {"string": str, "integer": int, "boolean": bool}
_BACKTRACKS = 100_000  # of a regular expression, after which it counts as not matched


class Direction(StrEnum):
    """Who sends a value: a readOnly property is none of a request, a writeOnly one none of a response."""

    REQUEST = "request"
    RESPONSE = "response"

    @property
    def foreign(self) -> str:
        """The mark of properties that do not belong in this direction."""
        return "readOnly" if self is Direction.REQUEST else "writeOnly"


_NONE: Mapping[Direction, Iterable[str]] = MappingProxyType({})
_DISCRIMINATED = {Direction.REQUEST: chosen, Direction.RESPONSE: told_apart}


class BrokenSchema(Exception):  # noqa: N818 - says what is the matter
    """A schema that cannot be used: the URI of the place, the reason, a hint."""

    def __init__(self, uri: str, reason: str, hint: str = "") -> None:
        super().__init__(reason)
        self.uri = uri
        self.reason = reason
        self.hint = hint or (_NOWHERE if "leads nowhere" in reason else _CORRECT)


@dataclass(frozen=True, kw_only=True)
class Misfit:
    """Where a value does not fit its schema, and why."""

    place: tuple[str | int, ...]
    reason: str

    @property
    def pointer(self) -> str:
        """The place as a JSON pointer."""
        return pointed(self.place)


class Schemas:
    """Validates values against schemas of a contract, which are named by their URI or given as a value."""

    def __init__(
        self, contract: Contract, uris: Mapping[Direction, Iterable[str]] = _NONE, *, lenient: "Schemas | None" = None
    ) -> None:
        """`uris`: what will be asked for; compiled together: each alone would be with all that it refers to.

        `lenient`: these are the same, but null is only where OpenAPI 3.0 has it, and no object lacks the property of
        its discriminator.
        """
        self.contract = contract
        self._is_strict = lenient is not None
        self._uris = {one: frozenset(filter(None, uris.get(one, ()))) for one in Direction}
        self._foreign: list[tuple[dict[str, Any], Mapping[Direction, list[str]]]] = (
            lenient._foreign if lenient else [*_with_foreign(contract)]
        )
        self._heavy: Marked = lenient._heavy if lenient else heavy(contract)
        self._together: dict[Direction, jsonschema_rs.Validator | None] = {}
        self._registries: dict[Direction, jsonschema_rs.Registry] = {}
        self._validators: dict[tuple[Direction, str], jsonschema_rs.Validator] = {}
        self._inline: dict[tuple[Direction, int], tuple[Any, jsonschema_rs.Validator]] = {}
        self._weighed: dict[int, tuple[Any, bool]] = {}  # a value is kept, so that its id stays its own
        self._compiled_parts = 0
        self._alone = 0

    def strict(self, uri: str) -> "Schemas":
        """What judges a value of a schema that is made here; an answer that comes from elsewhere may differ more."""
        return self._strict if not self._is_strict and self._is_lenient(uri) else self

    @cached_property
    def _strict(self) -> "Schemas":
        uris = {one: [*filter(self._is_lenient, every)] for one, every in self._uris.items()}
        return Schemas(self.contract, uris, lenient=self)

    def _is_lenient(self, uri: str) -> bool:
        key = "lenient", uri
        if key not in self.contract.known:
            self.contract.known[key] = self._lenient.place({"$ref": uri}) is not None
        return bool(self.contract.known[key])

    @cached_property
    def _lenient(self) -> Marked:
        """The schemas that accept more than the document says."""
        schemas = (*(one for one, _ in self.contract.nullable), *(one for one, _ in named(self.contract)))
        return marked(self.contract, {id(one): BASE for one in schemas})

    def misfits(self, uri: str, value: Any, direction: Direction) -> list[Misfit]:
        """Every reason why a value does not fit; raises BrokenSchema."""
        errors = self._errors(uri, value, direction)
        is_together = self._shared(uri, direction) is not None
        return [Misfit(place=tuple(one.instance_path)[is_together:], reason=reason(one)) for one in errors]

    def violation(self, uri: str, value: Any, direction: Direction) -> Misfit | None:
        """The first reason why a value does not fit; raises BrokenSchema."""
        try:
            error = next(self._errors(uri, value, direction), None)
        except ValueError as failure:  # a number that JSON does not have, or a value that is nested too deeply
            is_deep = str(failure).startswith("Recursion limit")
            return Misfit(place=(), reason="it is nested too deeply" if is_deep else str(failure))
        if error is None:
            return None
        is_together = self._shared(uri, direction) is not None
        return Misfit(place=tuple(error.instance_path)[is_together:], reason=reason(error))

    def _errors(self, uri: str, value: Any, direction: Direction) -> Iterator[jsonschema_rs.ValidationError]:
        self.prove(uri, direction)
        together = self._shared(uri, direction)
        validator = together or self._validators[direction, uri]
        given = {uri: value} if together else value
        try:
            return validator.iter_errors(given)
        except UnicodeEncodeError:
            return validator.iter_errors(_encodable(given))

    def fits(self, uri: str, value: Any, direction: Direction) -> bool:
        """Whether a value fits; raises BrokenSchema."""
        return self.violation(uri, value, direction) is None

    def fits_several(self, uri: str, value: Any, direction: Direction) -> bool:
        """Whether a value fits but for a `oneOf` of which it fits several alternatives; raises BrokenSchema."""
        try:
            return all(map(is_several, self._errors(uri, value, direction)))
        except ValueError:
            return False

    def is_heavy(self, uri: str, value: Any, *, may_be: bool) -> bool:
        """Whether to check a value would take without end, because of its depth; raises BrokenSchema unless it may."""
        found = is_too_heavy(self.contract, {"$ref": uri}, value)
        if found and not may_be:
            raise BrokenSchema(uri, "combines too many other schemas", "use one schema")
        return found

    def fits_inline(self, schema: Any, value: Any, direction: Direction) -> bool:
        """Whether a value fits a schema given as a value, which must not change later; raises BrokenSchema."""
        if _fits_plainly(schema, value):
            return True
        key = (direction, id(schema))
        if key not in self._inline:
            self._inline[key] = (schema, self._compiled(schema, direction, f"{BASE}0#"))
        return self._inline[key][1].is_valid(value)

    def is_affordable(self, schema: Any) -> bool:
        """Whether checking values against a schema given as a value takes a bounded time, with all others before."""
        if id(schema) not in self._weighed:
            left = _MOST_COMPILED - self._compiled_parts
            weight = sum(1 for _ in islice(parts(self.contract, [schema]), left + 1))
            self._weighed[id(schema)] = (schema, weight <= left)
            self._compiled_parts += weight if weight <= left else left // 2  # a look takes its time too
        return self._weighed[id(schema)][1]

    def prove(self, uri: str, direction: Direction) -> None:
        """Raise BrokenSchema if a schema is broken itself."""
        if (direction, uri) in self._validators or self._shared(uri, direction):
            return
        self._refuse_heavy({"$ref": uri})
        try:
            self._alone += sum(1 for _ in islice(parts(self.contract, [{"$ref": uri}]), _MOST_ALONE))
        except KeyError as error:
            raise BrokenSchema(uri, f"$ref leads nowhere: {self.contract.shown(error.args[0])[1]}") from error
        if self._alone > _MOST_ALONE:
            raise BrokenSchema(uri, "the schemas before it are so large that it is not used", SMALLER)
        self._validators[direction, uri] = self._compiled({"$ref": uri}, direction, uri)

    def _shared(self, uri: str, direction: Direction) -> jsonschema_rs.Validator | None:
        """The validator of what is compiled together, for objects with the URI as their key; None if it is broken."""
        if uri not in self._uris[direction] or self._heavy.place({"$ref": uri}):
            return None
        if direction not in self._together:
            self._together[direction] = None
            light = [one for one in self._uris[direction] if not self._heavy.place({"$ref": one})]
            with suppress(BrokenSchema):
                every = {"properties": {one: {"$ref": one} for one in light}}
                self._together[direction] = self._compiled(every, direction, uri)
        return self._together[direction]

    def _refuse_heavy(self, schema: Any) -> None:
        if place := self._heavy.place(schema):
            raise BrokenSchema(place, "combines too many other schemas", "use one schema")

    def _compiled(self, schema: Any, direction: Direction, uri: str) -> jsonschema_rs.Validator:
        self._refuse_heavy(schema)
        try:
            return jsonschema_rs.Draft202012Validator(
                schema,
                registry=self._registry(direction),
                validate_formats=True,
                pattern_options=jsonschema_rs.FancyRegexOptions(backtrack_limit=_BACKTRACKS),
            )
        except jsonschema_rs.ValidationError as error:
            raise BrokenSchema(self._place(error) or uri, mistake(error)) from error
        except (ValueError, jsonschema_rs.ReferencingError) as error:
            raise BrokenSchema(uri, short(getattr(error, "message", str(error)))) from error

    def _place(self, error: jsonschema_rs.ValidationError) -> str:
        """The URI of the value that makes a schema none; empty if it is in none of the files."""
        pointer = pointed(tuple(error.instance_path))
        for number in range(len(self.contract.files)):
            with suppress(KeyError):
                if pointer != "#" and self.contract.find(f"{BASE}{number}{pointer}") == error.instance:
                    return f"{BASE}{number}{pointer}"
        return ""

    def _registry(self, direction: Direction) -> jsonschema_rs.Registry:
        if direction not in self._registries:
            of_alternatives = named if self._is_strict else _DISCRIMINATED[direction]
            nullable = self.contract.nullable if self._is_strict else ()
            with (
                _required_of(self._foreign, direction),
                replaced(nullable),
                replaced(of_alternatives(self.contract)),
            ):
                self._registries[direction] = _registry(self.contract)
            if not self._foreign and (self._is_strict or not self.contract.discriminated):
                self._registries = dict.fromkeys(Direction, self._registries[direction])
        return self._registries[direction]


def _fits_plainly(schema: Any, value: Any) -> bool:
    """Whether a schema says no more than the type that a value has; most schemas of examples are such."""
    if not isinstance(schema, dict) or not isinstance(schema.get("type"), str):
        return False
    return schema.keys() <= _PLAIN and type(value) is _TYPES.get(schema["type"])


def _encodable(value: Any) -> Any:
    """A value of JSON with `?` for each half of a surrogate pair, which only an escape can express."""
    return json.loads(json.dumps(value, ensure_ascii=False).encode(errors="replace"))


def _registry(contract: Contract) -> jsonschema_rs.Registry:
    resources = [(f"{BASE}{number}", without_examples(one)) for number, one in enumerate(contract.documents)]
    try:
        return jsonschema_rs.Registry(resources, draft=jsonschema_rs.Draft202012)
    except (ValueError, jsonschema_rs.ReferencingError) as error:
        raise BrokenSchema(f"{BASE}0#", short(getattr(error, "message", str(error)))) from error


def _with_foreign(contract: Contract) -> Iterator[tuple[dict[str, Any], Mapping[Direction, list[str]]]]:
    """The object schemas that require a property which one direction does not have, with what each requires."""
    for schema in requiring(contract):
        kept: dict[Direction, list[str]] = {}
        for one in Direction:
            kept[one] = [name for name in schema["required"] if not is_foreign(contract, schema, name, one.foreign)]
        if any(len(names) != len(schema["required"]) for names in kept.values()):
            yield schema, kept


@contextmanager
def _required_of(foreign: list[tuple[dict[str, Any], Mapping[Direction, list[str]]]], one: Direction) -> Iterator[None]:
    """The schemas as one direction has them, for as long as they are copied: a copy in Python would take too much."""
    with replaced([(schema, {"required": kept[one]}) for schema, kept in foreign]):
        yield
