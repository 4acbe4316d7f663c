"""Remove the mistakes from malformed nodes, so that they do not hide others."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from localenv.description import messages
from localenv.description.model import Model
from localenv.description.words import meant
from localenv.errors.problems import MOST_PROBLEMS, KeyPath, Position, Problem
from localenv.needs.kinds import KINDS
from localenv.sources import Items, Node, Table, text_at

M = TypeVar("M", bound=Model)

_ROUNDS = 8  # removing a mistake may reveal another

# placeholders for keys with an invalid value, so that references to them are not reported as mistakes
_INSTEAD: Mapping[str, tuple[str, str]] = {
    "port": ("port", "1"),
    "build": ("image", "any"),
    "image": ("image", "any"),
    **{kind: (kind, "0") for kind in KINDS},
}


@dataclass(frozen=True, kw_only=True)
class Read(Generic[M]):
    """A node as its model, with the mistakes found; the model does not include malformed parts."""

    model: M | None
    node: Node
    problems: tuple[Problem, ...] = ()


def validated(model: type[M], path: KeyPath, node: Node, key: Position) -> Read[M]:
    """Validate a node at a path, whose key is at `key`; the model is None if nothing of it is usable."""
    try:
        return Read(model=model.model_validate(node), node=node)
    except ValidationError as error:
        problems = tuple(islice(messages.problems(error, model, path, node, key), MOST_PROBLEMS + 1))
        if len(problems) > MOST_PROBLEMS:  # nothing else is reported
            return Read(model=None, node=node, problems=problems)
        for rest in _rests(model, node, error):
            with suppress(ValidationError):
                return Read(model=model.model_validate(rest), node=rest, problems=problems)
        return Read(model=None, node=node, problems=problems)


def _rests(model: type[M], node: Node, error: ValidationError) -> Iterator[Table]:
    """Smaller and smaller parts of a node: without invalid values, then without a key that contradicts the others."""
    if not isinstance(node, Table):
        return
    rest = _corrected(node, model, error)
    if rest is not node:
        yield rest
        try:
            model.model_validate(rest)
        except ValidationError as another:
            error = another
    for _ in range(_ROUNDS):
        less = _without(rest, _wrong(error))
        if less == rest or not isinstance(less, Table):
            break
        rest = _completed(less, _wrong(error), node)
        yield rest
        try:
            model.model_validate(rest)
        except ValidationError as another:
            error = another
    yield _put(rest, "image", node.at)
    for key in rest:
        yield _completed(_less(rest, {key}), [(key,)], node)


def _corrected(node: Table, model: type[M], error: ValidationError) -> Table:
    """Rename misspelt keys to the known ones; the same table if there are none."""
    names = [field.alias or name for name, field in model.model_fields.items()]
    unknown = [str(one["loc"][0]) for one in error.errors(include_url=False) if _is_unknown_key(one)]
    found = {key: name for key in unknown if (name := meant(key, names)) and name not in node}
    if not found:
        return node
    table = Table(node.at)
    for key, value in node.items():
        table.put(found.get(key, key), value, node.positions[key])
    return table


def _is_unknown_key(error: Mapping[str, Any]) -> bool:
    return error["type"] == "extra_forbidden" and len(error["loc"]) == 1


def _wrong(error: ValidationError) -> list[KeyPath]:
    """The paths of invalid values; empty if the values contradict one another."""
    places = (tuple(part for part in one["loc"] if part != "[key]") for one in error.errors(include_url=False))
    return [place for place in places if place]


def _without(node: Node, paths: list[KeyPath]) -> Node | None:
    """A node without some paths; None if they cannot be removed."""
    ends = {path[0] for path in paths if len(path) == 1}
    deeper = {path[0]: [other[1:] for other in paths if other[:1] == path[:1]] for path in paths if len(path) > 1}
    if isinstance(node, Table) and ends <= node.keys():
        rest = Table(node.at)
        for key, value in node.items():
            kept = _without(value, deeper[key]) if key in deeper and key not in ends else value
            if key not in ends and kept is not None:
                rest.put(key, kept, node.positions[key])
        return rest
    if isinstance(node, Items):
        items = Items(node.at)
        for number, value in enumerate(node):
            kept = _without(value, deeper[number]) if number in deeper and number not in ends else value
            if number not in ends and kept is not None:
                items.append(kept)
        return items
    return None


def _completed(rest: Table, paths: list[KeyPath], node: Table) -> Table:
    """Add placeholders for values that others may refer to."""
    for key in (str(path[0]) for path in paths):
        if key in _INSTEAD and key in node and key not in rest:
            instead, value = _INSTEAD[key]
            rest = _put(rest, instead, node.positions[key], value)
    return rest


def _put(table: Table, key: str, at: Position, value: str = "any") -> Table:
    more = _less(table, {key})
    more.put(key, text_at(value, at), at)
    return more


def _less(table: Table, keys: set[str]) -> Table:
    rest = Table(table.at)
    for key, value in table.items():
        if key not in keys:
            rest.put(key, value, table.positions[key])
    return rest
