"""Whether what is opened lies where it may: the one place that follows links of a repository before somebody reads."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path


def is_within(path: Path, roots: Iterable[Path]) -> bool:
    """Whether a path, its links followed, leads into one of these folders."""
    real = Path(os.path.realpath(path))
    return any(real.is_relative_to(os.path.realpath(root)) for root in roots)


def outside(files: Iterable[Path], roots: Iterable[Path]) -> Path | None:
    """The first of these files that leads out of all these folders; each folder of theirs is followed once."""
    within = [Path(os.path.realpath(root)) for root in roots]
    followed: dict[Path, bool] = {}
    for file in files:
        parent = file.parent
        if parent not in followed:
            followed[parent] = is_within(parent, within)
        if not followed[parent] or (file.is_symlink() and not is_within(file, within)):
            return file
    return None


def moved(leads: Mapping[str, str]) -> tuple[str, str, str] | None:
    """A path that leads elsewhere than when that was noted, with where it did and where it does; None where none is."""
    for path, noted in leads.items():
        now = os.path.realpath(path)
        if now != noted:
            return path, noted, now
    return None
