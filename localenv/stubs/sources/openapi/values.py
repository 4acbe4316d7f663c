"""One value of a schema: its parts, the alternatives that are chosen, and what fits what it says of a text."""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain, islice, product
from typing import Any

from localenv.stubs.sources.openapi import apart, composing, limiting, scalars
from localenv.stubs.sources.openapi.composing import Impossible, Way
from localenv.stubs.sources.openapi.discriminating import extending
from localenv.stubs.sources.openapi.limiting import ValueLimits
from localenv.stubs.sources.openapi.merging import Flat, flat, own_refs
from localenv.stubs.sources.openapi.reading import Contract
from localenv.stubs.sources.openapi.reusing import Dependence, KnownPart
from localenv.stubs.sources.openapi.schemas import Direction, Schemas

_MOST_ATTEMPTS = 24  # combinations of alternatives
_NULL = {"type": "null"}


@dataclass
class ValueGenerator:
    """Generates a value in one way, with all its parts."""

    schemas: Schemas
    direction: Direction
    way: Way
    limits: ValueLimits = limiting.USUAL
    made: int = 0  # parts
    _open: list[str] = field(default_factory=list)  # the URIs of schemas being generated
    _decided: list[int] = field(default_factory=list)  # schemas with alternatives of which one was chosen
    _flats: dict[int, tuple[Any, Flat]] = field(default_factory=dict)
    _seen: Dependence = field(default_factory=lambda: Dependence(level=0))

    @property
    def contract(self) -> Contract:
        """The contract of the schemas."""
        return self.schemas.contract

    def value(self, schema: Any, name: str, seed: int) -> Any:
        """A value, which must not be changed; raises Impossible."""
        if not isinstance(schema, dict) or schema.keys() != {"$ref"}:
            return self._new(schema, name, seed)
        key = "part", schema["$ref"], name, seed, self.direction, self.way
        known: KnownPart | None = self.contract.known.get(key)
        if known and self._is_the_same_here(known, self.made):
            self.made += known.made
            self._seen.add(known, len(self._open))
            return known.value
        around, before = self._seen, self.made
        self._seen = seen = Dependence(level=len(self._open))
        try:
            value = self._new(schema, name, seed)
        finally:
            self._seen = around
            around.add(seen)
        part = seen.part(value, made=self.made - before, above=len(self._open))
        if self._is_the_same_here(part, before):
            self.contract.known[key] = part
        return value

    def _is_the_same_here(self, part: KnownPart, made: int) -> bool:
        """Whether nothing around a part changes it: no limit, no circle, and no alternative that was chosen before."""
        return (
            made + part.made <= self.limits.parts
            and len(self._open) + part.level <= self.limits.deepest
            and part.refs.isdisjoint(self._open)
            and part.choices.isdisjoint(self._decided)
        )

    def _new(self, schema: Any, name: str, seed: int) -> Any:
        found = self._flat(schema)
        self.made += 1
        self._seen.refs.update(found["refs"])
        if found.get("never") or self.is_too_large:
            raise Impossible
        refs = [one for one in found["refs"] if one in self._open]
        if refs or len(self._open) > 60:
            raise Impossible  # a circle: an optional part is left out by who contains it
        before = len(self._open)
        self._open += own_refs(self.contract, schema)
        self._seen.level = max(self._seen.level, len(self._open))
        try:
            for one in self._children(schema, found, seed):
                with suppress(Impossible):
                    return self._of(schema, one, name, seed)
            return self._of(schema, found, name, seed)
        finally:
            del self._open[before:]

    def _of(self, schema: Any, found: Flat, name: str, seed: int) -> Any:
        if self.way.with_examples:
            for example in composing.examples(found):
                if self.schemas.fits_inline(schema, example, self.direction):
                    return example
        if "const" in found:
            return found["const"]
        needs_proof = self.way.is_checked and any(
            key in found for key in ("choices", "nots", "conditions", "enum", "contains", "propertyNames")
        )
        first: Any = Impossible
        for candidate in self._candidates(found, name, seed):
            if not needs_proof or not self.schemas.is_affordable(schema):
                return candidate
            first = candidate if first is Impossible else first
            if self.schemas.fits_inline(schema, candidate, self.direction):
                return candidate
        if first is Impossible or self.way.is_proven:
            raise Impossible
        return first

    def _candidates(self, found: Flat, name: str, seed: int) -> Iterator[Any]:
        if isinstance(options := found.get("enum"), list):
            usual = [one for one in options if one is not None] or options
            yield from (usual[(seed + number) % len(usual)] for number in range(len(usual)))
            return
        if choices := self._undecided(found):
            self._decided += [id(one["schema"]) for one in choices]
            try:
                for merged in self._chosen(found, choices, seed):
                    whole = self._flat(merged)
                    for one in (*self._children(merged, whole, seed), whole):
                        with suppress(Impossible):
                            yield self._of_type(one, name, seed)
            finally:
                del self._decided[-len(choices) :]
            return
        variations = 3 if found.get("nots") else 1
        for number in range(variations):
            yield self._of_type(found, name, seed + number)
        conditions = found.get("conditions", ())
        rest = {key: one for key, one in found.items() if key not in ("then", "else", *_OURS)}
        for branches in islice(
            product(("then", "else"), repeat=len(conditions)), int(bool(conditions)) * _MOST_ATTEMPTS
        ):
            parts = [one.get(branch, {}) for one, branch in zip(conditions, branches, strict=True)]
            yield self._of_type(self._flat({"allOf": [_plain(found, rest), *parts]}), name, seed)

    def _children(self, schema: Any, found: Flat, seed: int) -> Iterator[Flat]:
        """A schema with a discriminator as each of its children."""
        for child in extending(self.contract, found, self._flat, seed):
            yield self._flat({"allOf": [schema, child]})

    def _undecided(self, found: Flat) -> list[Any]:
        """The lists of alternatives of which none was chosen yet: a child's parent may list its children again."""
        choices = found.get("choices", ())
        self._seen.choices.update(id(one["schema"]) for one in choices)
        return [one for one in choices if id(one["schema"]) not in self._decided]

    def _chosen(self, found: Flat, choices: list[Any], seed: int) -> Iterator[Any]:
        """The schema merged with one alternative of each list, the most plausible combination first."""
        rest = _plain(found, {key: one for key, one in found.items() if key not in _OURS})
        ranked = []
        for choice in choices:
            options = [one for one in choice["options"] if one != _NULL] or choice["options"]
            turned = options[seed % len(options) :] + options[: seed % len(options)] if seed else options
            null = [_NULL] if _NULL in choice["options"] and _NULL not in options else []  # where a circle ends
            ranked.append([*(self._discriminated(choice["schema"], one) for one in turned), *null])
        each = choices[0]
        is_one_of = self.way.is_apart and len(choices) == 1 and each["schema"].get("oneOf") is each["options"]
        told_apart = apart.alternatives(each["options"], self._flat) if is_one_of else ()
        for combination in chain(*(islice(one, _MOST_ATTEMPTS) for one in (product(*ranked), told_apart))):
            refs = {ref for one in combination for ref in self._flat(one)["refs"][:1]}
            self._seen.refs |= refs
            if refs.isdisjoint(self._open):
                yield {"allOf": [rest, *combination]}

    def _discriminated(self, schema: Mapping[str, Any], option: Any) -> Any:
        about = schema.get("discriminator")
        if not isinstance(about, dict) or not isinstance(option, dict) or not isinstance(option.get("$ref"), str):
            return option
        name, uri = about.get("propertyName"), option["$ref"]
        mapping = about.get("mapping")
        named = [
            value
            for value, target in (mapping.items() if isinstance(mapping, dict) else ())
            if uri.endswith(f"/{str(target).rpartition('/')[2]}")
        ]
        value = named[0] if named else uri.rpartition("/")[2]
        declared = self._flat(self._flat(option).get("properties", {}).get(name, {}))
        if not isinstance(name, str) or "const" in declared or ("enum" in declared and value not in declared["enum"]):
            return option
        return {"allOf": [option, {"properties": {name: {"const": value}}, "required": [name]}]}

    def _of_type(self, found: Flat, name: str, seed: int) -> Any:
        if found.get("never"):
            raise Impossible
        if self._undecided(found) or "const" in found or "enum" in found:
            for candidate in [found["const"]] if "const" in found else self._candidates(found, name, seed):
                return candidate
            raise Impossible
        kinds = found.get("type")
        if kinds == []:
            raise Impossible
        kind = next((one for one in kinds or () if one != "null"), None) or (
            "null" if kinds else composing.guessed(found)
        )
        match kind:
            case "object":
                return self._object(found, seed)
            case "array":
                return composing.made_array(self, found, name, seed)
            case "string":
                return self._text(found, name, seed)
            case "integer" | "number":
                return scalars.number(found, seed, is_whole=kind == "integer")
            case "boolean":
                return seed % 2 == 0
        return None

    def _object(self, found: Flat, seed: int) -> dict[str, Any] | None:
        try:
            return composing.made_object(self, found, seed)
        except Impossible:
            if "null" in found.get("type", ()):  # a circle ends here
                return None
            raise

    def _text(self, found: Flat, name: str, seed: int) -> str:
        every = scalars.texts(found, name, seed)
        candidates = [*islice(every, 3)]
        if len(candidates) == 2:  # no format, no pattern: cut to its length
            return candidates[0]
        keys = ("minLength", "maxLength", "format")
        checked: dict[str, Any] = {"type": "string", **{key: found[key] for key in keys if key in found}}
        checked["allOf"] = [True, *({"pattern": one} for one in found.get("patterns", ()))]
        checked["not"] = {"anyOf": found["nots"]} if found.get("nots") else False
        key = "text", json.dumps(checked, sort_keys=True, default=str)
        checked = self.contract.known.setdefault(key, checked)  # compiled once
        for candidate in chain(candidates, every):
            if self.schemas.fits_inline(checked, candidate, self.direction):
                return candidate
        return candidates[0]

    @property
    def is_full(self) -> bool:
        """Whether the value is so large or deep that optional parts are left out."""
        return len(self._open) > self.limits.deepest or self.made > self.limits.parts

    @property
    def is_too_large(self) -> bool:
        """Whether the value has so many parts that it is given up."""
        return self.made > self.limits.too_many

    def is_foreign(self, schema: Any) -> bool:
        """Whether a property is only for the other direction."""
        if self.way.with_foreign or self.direction.foreign not in self.contract.marks:
            return False
        try:
            found, _ = self.contract.resolved(schema)
        except (KeyError, IndexError, ValueError):
            return False
        return any(isinstance(one, dict) and one.get(self.direction.foreign) is True for one in (schema, found))

    def _flat(self, schema: Any) -> Flat:
        if id(schema) not in self._flats:
            self._flats[id(schema)] = (schema, _flat(self.contract, schema))  # kept, so that its id stays its own
        return self._flats[id(schema)][1]


def _flat(contract: Contract, schema: Any) -> Flat:
    """A flat schema; what a reference alone leads to is flattened once for all values of a contract."""
    if not isinstance(schema, dict) or schema.keys() != {"$ref"}:
        return flat(contract, schema)
    key = "flat", schema["$ref"]
    if key not in contract.known:
        contract.known[key] = flat(contract, schema)
    found: Flat = contract.known[key]
    return found


_OURS = frozenset({"refs", "choices", "patterns", "nots", "conditions", "never", "example", "examples", "default"})


def _plain(found: Flat, rest: dict[str, Any]) -> dict[str, Any]:
    """A flat schema as one that can be merged again."""
    more = [{"pattern": one} for one in found.get("patterns", ())] + [{"not": one} for one in found.get("nots", ())]
    return {**rest, "allOf": more} if more else rest
