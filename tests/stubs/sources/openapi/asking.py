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
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    type: str = ""
    value: Any = None
    mistake: str = ""

    @property
    def url(self) -> str:
        path = re.sub(r"\{([^}]*)\}", lambda found: quote(self.path.get(found[1], "7"), safe=""), self.operation.path)
        asked = "&".join(filter(None, (self.operation.query, urlencode(self.query))))
        return path + (f"?{asked}" if asked else "")

    @property
    def body(self) -> bytes:
        if not self.type:
            return b""
        if self.type.startswith("application/x-www-form-urlencoded"):
            return urlencode({name: _text(one) for name, one in self.value.items()}).encode()
        return json.dumps(self.value).encode()

    def exchange(self) -> Exchange:
        headers = {
            **{name.lower(): text for name, text in self.headers.items()},
            **({"content-type": self.type} if self.type else {}),
        }
        return Exchange(method=self.operation.method, url=self.url, headers=headers, body=self.body, is_own=True)


def valid(contract: Contract, schemas: Schemas, operation: Operation, seed: int) -> Asked:
    """A valid request: all parameters that are required, and with odd seeds also others."""
    given: dict[str, dict[str, str]] = {"path": {}, "query": {}, "header": {}, "cookie": {}}
    for one in operation.parameters:
        if (one.is_required or seed % 2) and one.style == ("form" if one.place == "query" else "simple"):
            value = generate(schemas, one.schema, Direction.REQUEST, seed=seed) if one.schema else f"v{seed}"
            if value not in ("", None, []):
                given[one.place][one.name] = _text(value)
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
        kinds = flat(contract, {"$ref": one.schema}).get("type", ()) if one.schema else ()
        if one.place == "query" and one.name in asked.query and set(kinds) & {"integer", "number", "boolean"}:
            yield replace(asked, query={**asked.query, one.name: "none"}, mistake=f"{one.name} of another type")
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


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(map(_text, value))
    return value if isinstance(value, str) else json.dumps(value)
