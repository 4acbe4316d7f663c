"""The files of a command itself: those it names, and the module or script that it runs."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from localenv.host import contained, globs

_PARTS = re.compile(r"[^\s;&|<>()'\"=]+")
_MODULE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
_MAKE_FILES = frozenset(
    {"assets", "build", "bundle", "collectstatic", "compile", "compilemessages", "compress", "generate", "precompile"}
)
_OF_DJANGO = "manage.py"  # its commands are modules of that name


def parts(words: Iterable[str]) -> list[str]:
    """The words of a command, also of one for a shell."""
    return [part for word in words for part in _PARTS.findall(word)]


def makes_files(words: Iterable[str]) -> bool:
    """Whether a command makes files of the code, judged by its words: `collectstatic`, `assets:precompile`."""
    return any(not _MAKE_FILES.isdisjoint(word.split(":")) for word in parts(words))


def of(words: Iterable[str], folder: Path, around: Path) -> frozenset[Path]:
    """The files that a command in a folder names, within `around`; empty if unknown."""
    pieces = parts(words)
    found = {*_named(pieces, folder, around), *_modules(pieces, folder), *_commands(pieces, folder)}
    return frozenset(file for file in found if contained.is_within(file, [around]))


def _named(parts: Sequence[str], folder: Path, around: Path) -> Iterator[Path]:
    """Files, and all files in folders; not in the folder of the command or above it, which says nothing."""
    for part in parts:
        path = folder / part
        try:
            if path.is_file():
                yield path
            elif "/" in part and path.is_dir() and _is_below(path, folder, around):
                yield from globs.below(path)
        except OSError:  # too long, or not readable
            continue


def _is_below(path: Path, folder: Path, around: Path) -> bool:
    """Whether a folder is in the repository and holds a part of it alone: `/` would be all of this machine."""
    return contained.is_within(path, [around]) and not contained.is_within(folder, [path])


def _modules(parts: Sequence[str], folder: Path) -> Iterator[Path]:
    """The file that `python -m` runs."""
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
