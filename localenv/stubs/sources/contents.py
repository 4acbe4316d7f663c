"""Contents and save state of files that may be removed at any time."""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path


def digest(named: Iterable[tuple[str, Path | str]]) -> str:
    """A hash over names and contents, in the order given; an unreadable file counts as empty."""
    summary = sha256()
    for name, file in named:
        try:
            with open(file, "rb") as opened:  # noqa: PTH123 - thousands
                content = sha256(opened.read()).digest()
        except OSError:  # removed, or not readable: `check` reports it
            content = b""
        summary.update(os.fsencode(name) + b"\0" + content)
    return summary.hexdigest()


Save = tuple[str, int, int, int]


def saves(paths: Iterable[Path]) -> frozenset[Save]:
    """Values that change when one of these files, or a file in these folders, is saved; does not read contents."""
    return frozenset(one for path in paths for one in _saves(path))


def _saves(path: Path) -> Iterator[Save]:
    with suppress(OSError):
        if path.is_dir():
            yield from _below(str(path))
        else:
            yield _save(str(path), path.stat())


def _below(folder: str) -> Iterator[Save]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _below(entry.path)
            else:
                yield _save(entry.path, entry.stat())


def _save(path: str, found: os.stat_result) -> Save:
    return path, found.st_mtime_ns, found.st_size, found.st_ino
