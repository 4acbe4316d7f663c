"""A schema of a contract by itself, for WireMock, which knows no other documents."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from localenv.stubs.sources.openapi import regexes
from localenv.stubs.sources.openapi.discriminating import alternatives, children
from localenv.stubs.sources.openapi.foreign import is_foreign
from localenv.stubs.sources.openapi.reading import Contract
from localenv.stubs.sources.openapi.schemas import Direction

_MOST = 20_000  # parts of one schema, beyond which it is not given to WireMock
_MOST_IN_ALL = 150_000  # parts of all schemas of a contract that are given to WireMock
_MOST_IN_CYCLES = 100  # references between definitions that lead back to them: WireMock follows each way through them
_MAPS = frozenset({"properties", "patternProperties", "dependentSchemas", "$defs", "definitions"})
_RAW = frozenset({"enum", "const", "required", "type", "dependentRequired"})
_WORDLESS = frozenset({
    *("title", "description", "example", "examples", "default", "deprecated", "readOnly", "writeOnly", "xml"),
    *("externalDocs", "discriminator", "$comment", "nullable", "contentMediaType", "contentEncoding", "$anchor"),
    *("$dynamicAnchor", "$defs", "definitions"),
})  # fmt: skip
_CLOCK = r"([01]\d|2[0-3]):[0-5]\d"
_DAY = r"\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)|02-(?:0[1-9]|1\d|2\d))"
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"

TEXT_FORMATS: Mapping[str, str] = {  # in WireMock a format is only an annotation
    "date": f"^{_DAY}$",
    "date-time": rf"^{_DAY}[Tt]{_CLOCK}:([0-5]\d|60)(\.\d+)?([Zz]|[+-]{_CLOCK})$",
    "uuid": r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$",
    "email": r"^[^@\s]+@[^@\s]+$",
    "ipv4": r"^((25[0-5]|2[0-4]\d|1?\d?\d)(\.(?!$)|$)){4}$",
    "time": rf"^{_CLOCK}:([0-5]\d|60)(\.\d+)?([Zz]|[+-]{_CLOCK})$",
    "hostname": rf"^(?=.{{1,253}}$){_LABEL}(\.{_LABEL})*$",
    "uri": r"^[A-Za-z][A-Za-z0-9+.-]*:\S*$",
}


class TooLarge(Exception):  # noqa: N818 - an answer, not a failure
    """A schema with more parts than a mapping should hold, or than is left for all mappings of its contract."""


def closed(contract: Contract, schema: Any, direction: Direction = Direction.REQUEST) -> Any:
    """A schema with everything it refers to in its `$defs`, without words; raises TooLarge, KeyError."""
    return _Closing(contract, direction).whole(schema)


def with_any_of(schema: Any) -> Any:
    """The schema where a value may fit several alternatives of each `oneOf`."""
    if not isinstance(schema, dict):
        return schema
    found = {key: _each(key, value) for key, value in schema.items() if key != "oneOf"}
    if "oneOf" in schema:
        found["allOf"] = [*found.get("allOf", ()), {"anyOf": _each("anyOf", schema["oneOf"])}]
    return found


def _each(key: str, value: Any) -> Any:
    if key in _RAW:
        return value
    if key in _MAPS:
        return {name: with_any_of(one) for name, one in value.items()}
    return [*map(with_any_of, value)] if isinstance(value, list) else with_any_of(value)


@dataclass
class _Parts:
    """What the schemas of a contract have taken so far."""

    closed: int = 0
    too_large: set[str] = field(default_factory=set)  # the URIs of schemas with too many: what refers to one has more


class _Closing:
    def __init__(self, contract: Contract, direction: Direction) -> None:
        self._contract = contract
        self._direction = direction
        self._names: dict[tuple[str, bool], str] = {}
        self._parts = 0
        self._references: dict[str, list[str]] = {}  # by definition
        self._definition_name = ""
        self._all: _Parts = contract.known.setdefault("parts of closed schemas", _Parts())

    def whole(self, schema: Any) -> Any:
        uri = ""
        while isinstance(schema, dict) and schema.keys() == {"$ref"}:
            uri = schema["$ref"]
            schema = self._contract.find(uri)
        if uri in self._all.too_large:
            raise TooLarge
        try:
            found = self._whole(uri, schema)
        except TooLarge:
            self._all.too_large.add(uri)
            raise
        self._all.closed += self._parts
        return found

    def _whole(self, uri: str, schema: Any) -> Any:
        found = self._definition(uri, schema, is_part=False)
        definitions: dict[str, Any] = {}
        while len(definitions) < len(self._names):
            for (uri, is_part), name in [*self._names.items()][len(definitions) :]:
                self._definition_name = name
                definitions[name] = self._definition(uri, self._contract.find(uri), is_part=is_part)
        if _in_cycles(self._references) > _MOST_IN_CYCLES:
            raise TooLarge
        return {**found, "$defs": definitions} if definitions and isinstance(found, dict) else found

    def _definition(self, uri: str, schema: Any, *, is_part: bool) -> Any:
        """A schema; `is_part`: it is a part of another, so that its discriminator chooses nothing."""
        found = self._copy(schema)
        extending = [] if is_part or self._direction is Direction.RESPONSE else children(self._contract, uri, schema)
        return {**found, "anyOf": self._copy(extending)} if extending else found

    def _copy(self, schema: Any) -> Any:
        self._parts += 1
        if self._parts > min(_MOST, _MOST_IN_ALL - self._all.closed):
            raise TooLarge
        if isinstance(schema, list):
            return [self._copy(one) for one in schema]
        if not isinstance(schema, dict):
            return schema
        more = alternatives(self._contract, schema) if self._direction is Direction.REQUEST else {}
        stated = (
            (key, value)
            for key, value in {**schema, **more}.items()
            if key not in _WORDLESS and not key.startswith("x-")
        )
        keywords = [self._keyword(schema, key, value) for key, value in stated]
        found = {key: value for one in keywords if one for key, value in [one]}
        if "pattern" in schema and (form := TEXT_FORMATS.get(str(schema.get("format")))):
            found["allOf"] = [*found.get("allOf", ()), {"pattern": form}]
        return found

    def _keyword(self, schema: Mapping[str, Any], key: str, value: Any) -> tuple[str, Any] | None:
        if key in ("$ref", "$dynamicRef") and isinstance(value, str):
            return "$ref", self._named(value, is_part=False)
        if key == "allOf" and isinstance(value, list):
            return key, [self._part(one) for one in value]
        if key == "required":
            return key, [one for one in value if not is_foreign(self._contract, schema, one, self._direction.foreign)]
        if key == "pattern":
            return None if regexes.is_endless(str(value)) else (key, regexes.java(str(value)))
        if key == "format":
            return ("pattern", TEXT_FORMATS[value]) if value in TEXT_FORMATS and "pattern" not in schema else None
        if key in _MAPS and isinstance(value, dict):
            return key, {name: self._copy(one) for name, one in value.items()}
        return key, value if key in _RAW else self._copy(value)

    def _part(self, schema: Any) -> Any:
        if isinstance(schema, dict) and schema.keys() == {"$ref"}:
            return {"$ref": self._named(schema["$ref"], is_part=True)}
        return self._copy(schema)

    def _named(self, uri: str, *, is_part: bool) -> str:
        if uri in self._all.too_large:
            raise TooLarge
        name = self._names.setdefault((uri, is_part), f"s{len(self._names)}")
        self._references.setdefault(self._definition_name, []).append(name)
        return f"#/$defs/{name}"


def _in_cycles(references: Mapping[str, list[str]]) -> int:
    """How many references lead from a cycle of definitions to one."""
    rest = dict(references)
    while True:
        within = {name: [one for one in found if one in rest] for name, found in rest.items()}
        targets = {one for found in within.values() for one in found}
        left = {name: found for name, found in within.items() if found and name in targets}
        if len(left) == len(rest):
            return sum(map(len, within.values()))
        rest = left
