"""The files of a command itself: what it names, and the module or script that it runs."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from localenv.host import contained

_PARTS = re.compile(r"[^\s;&|<>()'\"=]+")
_MODULE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
_OF_DJANGO = "manage.py"  # its commands are modules of that name


def of(words: Sequence[str], folder: Path, around: Path) -> frozenset[Path]:
    """What a command in a folder names of the files `around` it; empty where nothing tells."""
    parts = [part for word in words for part in _PARTS.findall(word)]
    found = {*_named(parts, folder), *_modules(parts, folder), *_commands(parts, folder)}
    return frozenset(file for file in found if contained.is_within(file, [around]))


def _named(parts: Sequence[str], folder: Path) -> Iterator[Path]:
    """Files, and all that is in folders."""
    for part in parts:
        path = folder / part
        try:
            if path.is_file():
                yield path
            elif path.is_dir() and "/" in part:
                yield from (file for file in sorted(path.rglob("*")) if file.is_file())
        except OSError:  # too long, or not ours to look at
            continue


def _modules(parts: Sequence[str], folder: Path) -> Iterator[Path]:
    """What `python -m` runs."""
    for before, part in pairwise(parts):
        if before == "-m" and _MODULE.fullmatch(part):
            path = folder.joinpath(*part.split("."))
            for file in (path.with_suffix(".py"), path / "__main__.py", path / "__init__.py"):
                for root in (folder, folder / "src"):
                    if (found := root / file.relative_to(folder)).is_file():
                        yield found


def _commands(parts: Sequence[str], folder: Path) -> Iterator[Path]:
    for before, part in pairwise(parts):
        if before.rpartition("/")[2] == _OF_DJANGO and part.isidentifier():
            yield from folder.glob(f"**/management/commands/{part}.py")
