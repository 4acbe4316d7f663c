"""`extends`: merge descriptions; maps merge, lists and scalars replace, `null` removes."""

from dataclasses import dataclass
from pathlib import Path

from localenv import sources
from localenv.description.files import Bounds
from localenv.description.words import suggestion
from localenv.errors import DescriptionError, shown
from localenv.errors.problems import Problem, Problems
from localenv.sources import Node, Null, Table, Text

_MOST_FILES = 50  # in a chain


@dataclass(frozen=True, kw_only=True)
class Layers:
    """A description merged with those it extends; `files` in the order of the chain, its own first."""

    root: Table
    files: tuple[Path, ...]
    problems: tuple[Problem, ...]


def read(file: Path, bounds: Bounds) -> Layers:
    """Read a description with all it extends; raises DescriptionError if a file of the chain cannot be read."""
    problems = Problems()
    roots: list[Table] = []
    files: list[Path] = []
    following: Path | None = file
    try:
        while following:
            files.append(following)
            source = sources.scan(following)
            problems += source.problems
            roots.append(source.root)
            following = _extended(source.root, files, bounds)
    except DescriptionError as error:  # the rest of the chain is unknown
        raise DescriptionError([*dict.fromkeys((*problems, *error.problems))]) from error
    merged = roots.pop()
    while roots:
        merged = overlaid(roots.pop(), merged, problems)
    return Layers(root=merged, files=tuple(files), problems=tuple(problems))


def overlaid(over: Table, base: Table, problems: list[Problem]) -> Table:
    """Merge one mapping over another; mistakes are added to the problems."""
    return _merge(over, base, (), problems)


def _extended(root: Table, files: list[Path], bounds: Bounds) -> Path | None:
    named = root.get("extends")
    if not isinstance(named, Text):
        return None  # the type is checked later, with all others
    file = bounds.absolute(named.at.file.parent / named)
    if problem := bounds.problem(file, named.at, "file"):
        raise DescriptionError([problem])
    if file.resolve() in [other.resolve() for other in files]:
        chain = " → ".join(map(shown, [*files, file]))
        raise DescriptionError([Problem(f"circular extends: {chain}", named.at, "remove one extends:")])
    if len(files) >= _MOST_FILES:
        raise DescriptionError([Problem(f"extends a chain of more than {_MOST_FILES} files", named.at, "merge some")])
    return file


def _merge(over: Table, base: Table, path: tuple[str, ...], problems: list[Problem]) -> Table:
    merged = Table(over.at)
    for key, value in base.items():
        kept = _replaced(over[key], value, (*path, key), problems) if key in over else value
        if kept is not None:
            merged.put(key, kept, over.positions.get(key, base.positions[key]))
    for key, value in over.items():
        if key in base:
            continue
        if isinstance(value, Null) and not _means_null((*path, key)):
            hint = suggestion(key, base) or "null removes a key of the extended file"
            problems.append(
                Problem(f"'{key}' is not in the extended file; nothing to remove", over.positions[key], hint)
            )
        else:
            merged.put(key, value, over.positions[key])
    return merged


def _replaced(over: Node, base: Node, path: tuple[str, ...], problems: list[Problem]) -> Node | None:
    if isinstance(over, Null) and not _means_null(path):
        return None
    if isinstance(over, Table) and isinstance(base, Table):
        return _merge(over, base, path, problems)
    return over


def _means_null(path: tuple[str, ...]) -> bool:
    """Whether null is a valid value there: no database."""
    return len(path) == 3 and path[0] == "needs" and path[2] == "database"
