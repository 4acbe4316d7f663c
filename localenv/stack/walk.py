"""Walk and rewrite every value of a stack generically, so that no key is forgotten."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import Field, fields, is_dataclass, replace
from functools import cache
from typing import Any, NamedTuple, TypeVar

from localenv.stack.texts import Mark, Template

T = TypeVar("T")


class Spot(NamedTuple):
    """A leaf value with its path: the fields, keys and indices that lead to it."""

    value: Any
    path: tuple[str | int, ...] = ()
    variable: str = ""  # its key in a mapping, such as an environment variable
    mark: Mark | None = None
    before: str = ""  # the previous word, in a command

    @property
    def name(self) -> str:
        """Its variable, else its field name."""
        return self.variable or next((str(part) for part in reversed(self.path) if isinstance(part, str)), "")


def walk(value: object) -> Iterator[Spot]:
    """Every leaf value, in the order written: templates, texts, numbers, paths.

    Positions are skipped. Objects of other classes are walked if they have `members()`, pairs of name and value.
    """
    yield from _walk(Spot(value))


def templates(value: object) -> Iterator[Template]:
    """Every template inside a value."""
    return (spot.value for spot in walk(value) if isinstance(spot.value, Template))


def names(value: object) -> Iterator[str]:
    """Every name of a service, need, upstream, secret, config or job inside a value, own names included."""
    for spot in walk(value):
        if isinstance(spot.value, Template):
            yield from (reference.name for reference in spot.value.references)
        elif spot.mark is Mark.NAME and spot.value:
            yield spot.value


def rewritten(value: T, change: Callable[[Spot], object]) -> T:
    """A copy of the value in which `change` replaces every leaf."""
    result: T = _rewritten(Spot(value), change)
    return result


def _walk(spot: Spot) -> Iterator[Spot]:
    below = _below(spot)
    if below is None:
        yield spot
    else:
        for one in below:
            yield from _walk(one)


def _rewritten(spot: Spot, change: Callable[[Spot], object]) -> Any:
    below = _below(spot)
    if below is None:
        return change(spot)
    values = [_rewritten(one, change) for one in below]
    if all(value is one.value for value, one in zip(values, below, strict=True)):
        return spot.value
    match spot.value:
        case Mapping() as mapping:
            return dict(zip(mapping, values, strict=True))
        case list() | tuple() as items:
            return type(items)(values)
        case whole:
            return replace(whole, **{str(one.path[-1]): value for one, value in zip(below, values, strict=True)})


def _below(spot: Spot) -> list[Spot] | None:
    """The children of a value; None for a leaf."""
    match spot.value:
        case str() | Template() | None:
            return None
        case Mapping() as mapping:
            return [Spot(one, (*spot.path, key), str(key), spot.mark) for key, one in mapping.items()]
        case list() | tuple() as items:
            before = ("", *map(_word, items))
            return [Spot(one, (*spot.path, n), spot.variable, spot.mark, before[n]) for n, one in enumerate(items)]
        case whole if is_dataclass(whole) and not isinstance(whole, type):
            members = _members(type(whole))
            return [
                Spot(getattr(whole, one.name), (*spot.path, one.name), mark=one.metadata.get("mark")) for one in members
            ]
        case other if hasattr(other, "members"):
            return [Spot(one, (*spot.path, name)) for name, one in other.members()]
        case _:
            return None


def _word(value: object) -> str:
    return str(value) if isinstance(value, Template) and not value.references else ""


@cache
def _members(kind: type[Any]) -> tuple[Field[Any], ...]:
    return tuple(member for member in fields(kind) if member.compare)  # positions do not take part in comparison
