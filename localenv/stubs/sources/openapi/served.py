"""The operations of a contract that are served, and those that are broken."""

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from localenv.errors import DescriptionError
from localenv.stubs.sources.openapi.operations import Operation, operations
from localenv.stubs.sources.openapi.pointers import problem
from localenv.stubs.sources.openapi.reading import MOST_OPERATIONS, SMALLER, Contract
from localenv.stubs.sources.openapi.schemas import BrokenSchema, Direction, Schemas


class ServedOperations(NamedTuple):
    """The operations of a contract, in order, and the reasons of those that are broken."""

    every: list[Operation]
    broken: list[BrokenSchema]


def served(contract: Contract, base: str | None) -> ServedOperations:
    """The operations, also asked for again; raises DescriptionError for too many. `base` is that of `operations`."""
    key = "served", base
    if key not in contract.known:
        contract.known[key] = _served(contract, base)
    found: ServedOperations = contract.known[key]
    return found


def asked(every: Iterable[Operation]) -> dict[Direction, list[str]]:
    """The schemas of what is sent, and of what is answered."""
    found: dict[Direction, list[str]] = {one: [] for one in Direction}
    for one in every:
        found[Direction.REQUEST] += (part.schema or part.fields for part in one.parameters)
        found[Direction.REQUEST] += (media.schema for media in one.body)
        found[Direction.RESPONSE] += (media.schema for answer in one.answers for media in answer.content)
    return found


def without_broken(schemas: Schemas, operation: Operation) -> tuple[Operation, list[BrokenSchema]]:
    """An operation without those schemas of its requests that are broken, and what is broken in them."""
    found: dict[str, BrokenSchema] = {}
    for uri in filter(None, asked([operation])[Direction.REQUEST]):
        try:
            schemas.prove(uri, Direction.REQUEST)
        except BrokenSchema as broken:
            found[uri] = broken
    if not found:
        return operation, []
    parameters = (
        replace(one, schema="", fields="") if (one.schema or one.fields) in found else one
        for one in operation.parameters
    )
    body = (replace(one, schema="") if one.schema in found else one for one in operation.body)
    return replace(operation, parameters=tuple(parameters), body=tuple(body)), [*found.values()]


def _served(contract: Contract, base: str | None) -> ServedOperations:
    found = ServedOperations([], [])
    for one in operations(contract, base):
        if isinstance(one, BrokenSchema):
            found.broken.append(one)
        else:
            found.every.append(one)
        if len(found.every) > MOST_OPERATIONS:
            reason = f"has more than {MOST_OPERATIONS:,} operations, which is the most that is served"
            raise DescriptionError([problem(contract.files[0], "#/paths", reason, SMALLER)])
    return found
