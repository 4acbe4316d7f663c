"""The operations of a contract that are served, and those that are broken."""

from collections.abc import Iterable
from typing import NamedTuple

from localenv.errors import DescriptionError
from localenv.stubs.sources.openapi.operations import Operation, operations
from localenv.stubs.sources.openapi.pointers import problem
from localenv.stubs.sources.openapi.reading import MOST_OPERATIONS, SMALLER, Contract
from localenv.stubs.sources.openapi.schemas import BrokenSchema, Direction


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
