"""Resolve a path, a folder or a glob to files, in the same way for every kind of input."""

import fnmatch
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_MAGIC = frozenset("*?[")
_SKIPPED = frozenset({".git", ".localenv", "__pycache__", "node_modules", ".venv"})


@dataclass
class Budget:
    """How many files patterns may match together, and with how many names they may be compared."""

    files: int = 50_000
    names: int = 1_000_000  # a million takes two seconds

    @property
    def is_spent(self) -> bool:
        """Whether one of both is used up."""
        return self.files < 0 or self.names < 0


def is_glob(path: Path) -> bool:
    """Whether a path contains a pattern."""
    return bool(_MAGIC & set(str(path)))


def base(path: Path) -> Path:
    """The deepest folder above the pattern; an existing folder with a name like a pattern is a folder."""
    found = Path(path.anchor)
    for part in path.parts[1:-1]:
        if is_glob(Path(part)) and not (found / part).is_dir():
            break
        found /= part
    return found


def matches(folder: Path, pattern: Path, stays: Callable[[Path], bool], budget: Budget) -> list[Path]:
    """The files below a folder that match a pattern, in order; a matched folder stands for all files below it.

    A link for which `stays` is false is not followed, and stands for itself. Each folder is read once, however the
    pattern is written; ends when the budget is spent.
    """
    if not folder.is_dir():
        return []
    parts = pattern.relative_to(folder).parts
    found: set[Path] = set()
    for path in _matching(folder, (*parts, "*") if parts[-1] == "**" else parts, stays, budget):
        before = len(found)
        found.update(below(path, stays))
        budget.files -= len(found) - before
        if budget.is_spent:
            break
    return sorted(file for file in found if not _is_skipped(file, folder))


def _matching(folder: Path, parts: Sequence[str], stays: Callable[[Path], bool], budget: Budget) -> Iterator[Path]:
    """What matches the parts of a pattern: all places in it are followed at once, so that no folder is read twice."""
    expressions = [re.compile(fnmatch.translate(part)) for part in parts]
    open_: list[tuple[str, frozenset[int]]] = [(str(folder), _places({0}, parts))]
    while open_ and not budget.is_spent:
        here, places = open_.pop()
        for entry in _entries(here):
            budget.names -= max(len(places) - 1, 1)
            reached = {place + 1 for place in places if parts[place] != "**" and expressions[place].match(entry.name)}
            is_real = entry.is_dir(follow_symlinks=False)
            if is_real and entry.name not in _SKIPPED:
                reached |= {place for place in places if parts[place] == "**"}
            further = _places(reached, parts) - {len(parts)}
            is_away = bool(reached) and entry.is_symlink() and not stays(Path(entry.path))
            if len(parts) in reached or is_away:
                yield Path(entry.path)
            if further and not is_away and (is_real or entry.is_dir()):
                open_.append((entry.path, further))


def _places(reached: Iterable[int], parts: Sequence[str]) -> frozenset[int]:
    """Places in a pattern, and those behind a `**` that stands for no folder."""
    found = set(reached)
    for place in sorted(found):
        while place < len(parts) and parts[place] == "**":
            place += 1
            found.add(place)
    return frozenset(found)


def _entries(folder: str) -> list["os.DirEntry[str]"]:
    try:
        with os.scandir(folder) as found:
            return [*found]
    except OSError:  # not readable, or removed meanwhile
        return []


def below(path: Path, stays: Callable[[Path], bool] = lambda _: True) -> Iterator[Path]:
    """The file itself, or all files below a folder except those of tools; a link that leads away stands for itself."""
    if path.is_file() or (path.is_symlink() and not stays(path)):
        yield path
    elif path.is_dir():
        for folder, folders, files in os.walk(path):
            folders[:] = [name for name in folders if name not in _SKIPPED]
            yield from (Path(folder, name) for name in files)


def _is_skipped(file: Path, folder: Path) -> bool:
    return bool(_SKIPPED.intersection(file.relative_to(folder).parts))
