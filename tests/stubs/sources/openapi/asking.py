"""Random requests to the operations of a contract: valid ones, and ones with one mistake."""

import json
import random
import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, urlencode

from localenv.stubs.sources.kind import Exchange
from localenv.stubs.sources.openapi import forms
from localenv.stubs.sources.openapi.generating import generate
from localenv.stubs.sources.openapi.merging import flat
from localenv.stubs.sources.openapi.operations import Media, Operation, operations
from localenv.stubs.sources.openapi.reading import Contract
from localenv.stubs.sources.openapi.schemas import BrokenSchema, Direction, Schemas


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request to an operation; `mistake` names what was done to it."""

    operation: Operation
    path: dict[str, str] = field(default_factory=dict)
    query: dict[str, str | list[str]] = field(default_factory=dict)  # a list is sent by repeating its name
    headers: dict[str, str] = field(default_factory=dict)
    type: str = ""
    value: Any = None
    mistake: str = ""

    @property
    def url(self) -> str:
        path = re.sub(r"\{([^}]*)\}", lambda found: quote(self.path.get(found[1], "7"), safe=""), self.operation.path)
        asked = "&".join(filter(None, (self.operation.query, urlencode(self.query, doseq=True))))
        return path + (f"?{asked}" if asked else "")

    @property
    def body(self) -> bytes:
        if not self.type:
            return b""
        if self.type.startswith("application/x-www-form-urlencoded"):
            return urlencode([*_fields(self.operation, self.type, self.value)]).encode()
        return json.dumps(self.value).encode()

    def exchange(self) -> Exchange:
        headers = {
            **{name.lower(): text for name, text in self.headers.items()},
            **({"content-type": self.type} if self.type else {}),
        }
        return Exchange(method=self.operation.method, url=self.url, headers=headers, body=self.body, is_own=True)


def valid(contract: Contract, schemas: Schemas, operation: Operation, seed: int) -> Asked:
    """A valid request: all parameters that are required, and with odd seeds also others."""
    given: dict[str, dict[str, Any]] = {"path": {}, "query": {}, "header": {}, "cookie": {}}
    for one in operation.parameters:
        if (one.is_required or seed % 2) and one.style == ("form" if one.place == "query" else "simple"):
            value = generate(schemas, one.schema, Direction.REQUEST, seed=seed) if one.schema else f"v{seed}"
            if value not in ("", None, []):
                is_repeated = one.place == "query" and one.is_exploded and isinstance(value, list)
                given[one.place][one.name] = [*map(_text, value)] if is_repeated else _text(value)
    media = _usual(operation)
    value = None
    if media and (operation.is_body_required or seed % 2):
        value = generate(schemas, media.schema, Direction.REQUEST, seed=seed)
    return Asked(
        operation=operation,
        path=given["path"],
        query=given["query"],
        headers=given["header"],
        type=media.type if media and value is not None else "",
        value=value,
    )


def invalid(contract: Contract, asked: Asked, chance: random.Random) -> Iterator[Asked]:
    """The request with one mistake, in several ways."""
    for one in asked.operation.parameters:
        if one.is_required and one.place == "query" and one.name in asked.query:
            rest = {name: value for name, value in asked.query.items() if name != one.name}
            yield replace(asked, query=rest, mistake=f"no {one.name}")
        given = asked.query.get(one.name) if one.place == "query" else None
        found = flat(contract, {"$ref": one.schema}) if one.schema else {}
        found = flat(contract, found.get("items", {})) if isinstance(given, list) else found
        if given and set(found.get("type", ())) & {"integer", "number", "boolean"}:
            wrong = [*given, "none"] if isinstance(given, list) else "none"
            yield replace(asked, query={**asked.query, one.name: wrong}, mistake=f"{one.name} of another type")
    if not asked.type:
        return
    yield replace(asked, type="text/csv" if asked.type != "text/csv" else "image/png", mistake="content type")
    media = next(one for one in asked.operation.body if one.type == asked.type)
    found = flat(contract, {"$ref": media.schema})
    if isinstance(asked.value, dict) and asked.type.startswith("application/json"):
        for name in found.get("required", ()):
            if name in asked.value:
                rest = {key: value for key, value in asked.value.items() if key != name}
                yield replace(asked, value=rest, mistake=f"without {name}")
        for name in chance.sample(list(asked.value), min(3, len(asked.value))):
            value = deepcopy(asked.value)
            value[name] = chance.choice([{"unlikely": []}, [[]], 3.25, "☃", None])
            yield replace(asked, value=value, mistake=f"{name} of another type")


def every(contract: Contract, schemas: Schemas, base: str | None = None) -> Iterator[Operation]:
    """The operations whose bodies can be made here: JSON, forms, or none."""
    for one in operations(contract, base):
        if isinstance(one, Operation) and not (one.body and one.is_body_required and not _usual(one)):
            try:
                valid(contract, schemas, one, 0)
            except BrokenSchema:
                continue
            yield one


def _usual(operation: Operation) -> Media | None:
    known = ("application/json", "application/x-www-form-urlencoded")
    return next((one for one in operation.body if one.type.startswith(known) and one.schema), None)


def _fields(operation: Operation, kind: str, value: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The fields of a form: lists by repeating their name, or as their encoding says."""
    media = next(one for one in operation.body if one.type == kind)
    for name, one in value.items():
        written, is_exploded = forms.style(media, name)
        if written == "deepObject" and isinstance(one, dict | list):
            yield from _bracketed(name, one)
        elif isinstance(one, list) and is_exploded:
            yield from ((name, _text(each)) for each in one)
        else:
            yield name, _text(one)


def _bracketed(name: str, value: Any) -> Iterator[tuple[str, str]]:
    match value:
        case dict():
            for key, one in value.items():
                yield from _bracketed(f"{name}[{key}]", one)
        case list():
            for one in value:
                yield from _bracketed(f"{name}[]", one)
        case _:
            yield name, _text(value)


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(map(_text, value))
    return value if isinstance(value, str) else json.dumps(value)
