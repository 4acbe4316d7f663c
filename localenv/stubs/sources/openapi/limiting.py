"""How large a generated value may become: the more a contract has of them, the smaller the next one is."""

from dataclasses import dataclass, replace

from localenv.stubs.sources.openapi.reading import SMALLER, Contract
from localenv.stubs.sources.openapi.schemas import BrokenSchema

_MOST_IN_ALL = 50_000  # parts of the values of one contract
_SHARE = 12  # a value may have this part of what is left
_LARGE = 1000  # parts, from which on a value has all its levels
_SPENT = "parts of generated values"


@dataclass(frozen=True, kw_only=True)
class ValueLimits:
    """How large one value may become."""

    deepest: int = 12  # levels below which optional parts are left out
    parts: int = 4000  # after which optional parts are left out
    too_many: int = 8000  # parts, after which it is given up: schemas that refer to one another twice double with each


USUAL = ValueLimits()
_SMALL = ValueLimits(deepest=3, parts=30, too_many=1000)


def limits(contract: Contract, uri: str) -> ValueLimits:
    """Those of the next value of a contract; raises BrokenSchema where its values have become too many."""
    left = _MOST_IN_ALL - contract.known.get(_SPENT, 0)
    if left < -2 * _MOST_IN_ALL:
        raise BrokenSchema(uri, "the schemas before it are so large that no value is generated for it", SMALLER)
    parts = min(USUAL.parts, left // _SHARE)
    return replace(USUAL, parts=parts) if parts >= _LARGE else replace(_SMALL, parts=max(_SMALL.parts, parts))


def spend(contract: Contract, parts: int) -> None:
    """Count the parts of a value."""
    contract.known[_SPENT] = contract.known.get(_SPENT, 0) + parts
