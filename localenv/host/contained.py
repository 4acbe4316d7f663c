"""Check that a file is in an allowed folder: the only module that resolves a repository's links before a read."""

import os
from collections.abc import Iterable, Mapping
from errno import ELOOP
from pathlib import Path


def is_within(path: Path, roots: Iterable[Path]) -> bool:
    """Whether a path, with its links resolved, is in one of these folders."""
    real = Path(os.path.realpath(path))
    return any(real.is_relative_to(os.path.realpath(root)) for root in roots)


def outside(files: Iterable[Path], roots: Iterable[Path]) -> Path | None:
    """The first file that is outside of all these folders; resolves each parent folder once."""
    within = [Path(os.path.realpath(root)) for root in roots]
    followed: dict[Path, bool] = {}
    for file in files:
        parent = file.parent
        if parent not in followed:
            followed[parent] = is_within(parent, within)
        if not followed[parent] or (file.is_symlink() and not is_within(file, within)):
            return file
    return None


def lost_link(path: Path) -> str:
    """Why a link leads nowhere, as a predicate; empty for anything else."""
    if not path.is_symlink():
        return ""
    try:
        path.stat()
    except OSError as error:
        return "is a link that leads to itself" if error.errno == ELOOP else "is a link to a file that does not exist"
    return ""


def content(file: Path, root: Path) -> bytes | None:
    """The content of a file below `root`; None if it is outside once it is open, whatever replaced it meanwhile."""
    descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as opened:
        where = Path(f"/proc/self/fd/{descriptor}")
        real = os.readlink(where) if where.is_symlink() else os.path.realpath(file)  # noqa: PTH115 - a text
        return opened.read() if Path(real).is_relative_to(os.path.realpath(root)) else None


def moved(leads: Mapping[str, str]) -> tuple[str, str, str] | None:
    """A path that resolves differently than recorded, with the old and the new target; None if there is none."""
    for path, recorded in leads.items():
        now = os.path.realpath(path)
        if now != recorded:
            return path, recorded, now
    return None
