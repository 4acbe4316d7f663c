"""The schemas of a contract: one shared registry, and a validator for each schema that is asked for."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Any

import jsonschema_rs

from localenv.stubs.sources.openapi.discriminating import chosen, is_of_another, told_apart
from localenv.stubs.sources.openapi.foreign import is_foreign, requiring
from localenv.stubs.sources.openapi.keywords import MARKS
from localenv.stubs.sources.openapi.pointers import BASE, pointed
from localenv.stubs.sources.openapi.reading import SMALLER, Contract
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

    pointer: str
    reason: str


class Schemas:
    """Validates values against schemas of a contract, which are named by their URI or given as a value."""

    def __init__(self, contract: Contract, uris: Iterable[str] = ()) -> None:
        """`uris`: what will be asked for; compiled together: each alone would be with all that it refers to."""
        self.contract = contract
        self._uris = frozenset(filter(None, uris))
        self._together: dict[Direction, jsonschema_rs.Validator | None] = {}
        self._registries: dict[Direction, jsonschema_rs.Registry] = {}
        self._validators: dict[tuple[Direction, str], jsonschema_rs.Validator] = {}
        self._inline: dict[tuple[Direction, int], tuple[Any, jsonschema_rs.Validator]] = {}
        self._weighed: dict[int, tuple[Any, bool]] = {}  # a value is kept, so that its id stays its own
        self._compiled_parts = 0
        self._alone = 0
        self._foreign = [*_with_foreign(contract)]
        self._heavy = heavy(contract)

    def violation(self, uri: str, value: Any, direction: Direction) -> Misfit | None:
        """The first reason why a value does not fit; raises BrokenSchema."""
        try:
            error = next(self._errors(uri, value, direction), None)
        except ValueError as failure:  # a number that JSON does not have
            return Misfit(pointer="#", reason=str(failure))
        if error is None:
            return None
        is_together = self._shared(uri, direction) is not None
        return Misfit(pointer=pointed(tuple(error.instance_path)[is_together:]), reason=_reason(error))

    def _errors(self, uri: str, value: Any, direction: Direction) -> Iterator[jsonschema_rs.ValidationError]:
        self.prove(uri, direction)
        if together := self._shared(uri, direction):
            return together.iter_errors({uri: value})
        return self._validators[direction, uri].iter_errors(value)

    def fits(self, uri: str, value: Any, direction: Direction) -> bool:
        """Whether a value fits; raises BrokenSchema."""
        return self.violation(uri, value, direction) is None

    def fits_several(self, uri: str, value: Any, direction: Direction) -> bool:
        """Whether a value fits but for a `oneOf` of which it fits several alternatives; raises BrokenSchema."""
        return all(map(_is_several, self._errors(uri, value, direction)))

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
        if uri not in self._uris or self._heavy.place({"$ref": uri}):
            return None
        if direction not in self._together:
            self._together[direction] = None
            light = [one for one in self._uris if not self._heavy.place({"$ref": one})]
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
            raise BrokenSchema(self._place(error) or uri, _mistake(error)) from error
        except (ValueError, jsonschema_rs.ReferencingError) as error:
            raise BrokenSchema(uri, _short(getattr(error, "message", str(error)))) from error

    def _place(self, error: jsonschema_rs.ValidationError) -> str:
        """The URI of the value that makes a schema none; empty if it is in none of the files."""
        pointer = pointed(tuple(error.instance_path))
        for number in range(len(self.contract.files)):
            with suppress(KeyError):
                if pointer != "#" and self.contract.find(f"{BASE}{number}{pointer}") == error.instance:
                    return f"{BASE}{number}{pointer}"
        return ""

    def _registry(self, direction: Direction) -> jsonschema_rs.Registry:
        if not self._registries:
            for one in Direction:
                with _required_of(self._foreign, one), _replaced(_DISCRIMINATED[one](self.contract)):
                    self._registries[one] = _registry(self.contract)
                if not self._foreign and not self.contract.discriminated:
                    self._registries = dict.fromkeys(Direction, self._registries[one])
                    break
        return self._registries[direction]


def _fits_plainly(schema: Any, value: Any) -> bool:
    """Whether a schema says no more than the type that a value has; most schemas of examples are such."""
    if not isinstance(schema, dict) or not isinstance(schema.get("type"), str):
        return False
    return schema.keys() <= _PLAIN and type(value) is _TYPES.get(schema["type"])


def _registry(contract: Contract) -> jsonschema_rs.Registry:
    resources = [(f"{BASE}{number}", document) for number, document in enumerate(contract.documents)]
    try:
        return jsonschema_rs.Registry(resources, draft=jsonschema_rs.Draft202012)
    except (ValueError, jsonschema_rs.ReferencingError) as error:
        raise BrokenSchema(f"{BASE}0#", _short(getattr(error, "message", str(error)))) from error


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
    with _replaced([(schema, {"required": kept[one]}) for schema, kept in foreign]):
        yield


@contextmanager
def _replaced(parts: Sequence[tuple[dict[str, Any], Mapping[str, Any]]]) -> Iterator[None]:
    """Schemas with other values for some keywords, for a while."""
    before = [(schema, {key: schema[key] for key in other if key in schema}, other) for schema, other in parts]
    for schema, other in parts:
        schema.update(other)
    try:
        yield
    finally:
        for schema, values, other in reversed(before):
            for key in other:
                del schema[key]
            schema.update(values)


def _reason(error: jsonschema_rs.ValidationError) -> str:
    """The reason in one line; of alternatives, the one that came closest."""
    context = getattr(error.kind, "context", None)
    if _is_several(error):
        return "fits several alternatives of oneOf, which allows one"
    if context:
        nearest = min((branch for branch in context if branch), key=_distance, default=None)
        if nearest:
            inner = max(nearest, key=lambda one: len(one.instance_path))
            below = inner.instance_path[len(error.instance_path) :]
            place = f"{pointed(tuple(below))}: " if below else ""
            return _short(f"fits no alternative; of the closest, {place}{_reason(inner)}")
    return _short(error.message)


def _mistake(error: jsonschema_rs.ValidationError) -> str:
    """Why a schema is none."""
    return _short(
        f"{json.dumps(error.instance)} is not a type" if error.message == "Unexpected type" else error.message
    )


def _is_several(error: jsonschema_rs.ValidationError) -> bool:
    return error.kind.name == "oneOf" and any(not branch for branch in getattr(error.kind, "context", ()))


def _distance(branch: list[Any]) -> tuple[bool, bool, int]:
    is_other = any(one.kind.name in ("type", "const", "enum") and not one.instance_path for one in branch)
    return is_other, any(map(is_of_another, branch)), len(branch)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 300 else f"{line[:200]} … {line[-90:]}"
