"""Resolve a path, a folder or a glob to files, in the same way for every kind of input."""

import os
from collections.abc import Iterator
from pathlib import Path

_MAGIC = frozenset("*?[")
_SKIPPED = frozenset({".git", ".localenv", "__pycache__", "node_modules", ".venv"})


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


def matches(folder: Path, pattern: Path) -> list[Path]:
    """The files below a folder that match a pattern, in order; a matched folder stands for all files below it."""
    if not folder.is_dir():
        return []
    rest = str(pattern.relative_to(folder))
    rest = f"{rest}/*" if rest.endswith("**") else rest
    return sorted({file for path in folder.glob(rest) for file in below(path) if not _is_skipped(file, folder)})


def below(path: Path) -> Iterator[Path]:
    """The file itself, or all files below a folder except those of tools."""
    if path.is_file():
        yield path
    elif path.is_dir():
        for folder, folders, files in os.walk(path):
            folders[:] = [name for name in folders if name not in _SKIPPED]
            yield from (Path(folder, name) for name in files)


def _is_skipped(file: Path, folder: Path) -> bool:
    return bool(_SKIPPED.intersection(file.relative_to(folder).parts))
