"""Find the files of a WireMock root, and the mappings in them."""

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from localenv.errors.problems import KeyPath
from localenv.host import contained
from localenv.stubs.sources.documents import StubDocument
from localenv.stubs.sources.documents import read as read_document

MAPPINGS = "mappings"
BODIES = "__files"

_NOT_STUBS = re.compile(r"(\.sw.|~)$|^(\.#|\.DS_Store$)")  # temporary files of editors and file managers


@dataclass(frozen=True, kw_only=True)
class MappingFile:
    """A mapping file, in the order written; `name` is its path below the root's `mappings/`."""

    root: Path
    name: str
    document: StubDocument = field(repr=False)

    @property
    def mappings(self) -> tuple[tuple[KeyPath, Any], ...]:
        """Each mapping, with the keys that lead to it."""
        value = self.document.value
        if isinstance(value, dict) and isinstance(value.get("mappings"), list):
            return tuple((("mappings", index), one) for index, one in enumerate(value["mappings"]))
        return (((), value),)


def read(root: Path) -> tuple[MappingFile, ...]:
    """Its mapping files in lexical order; raises Unreadable for one without valid JSON."""
    return tuple(mapping_file(root, name, file) for name, file in json_files(root))


def mapping_file(root: Path, name: str, file: Path) -> MappingFile:
    """Read one mapping file; raises Unreadable."""
    return MappingFile(root=root, name=name, document=read_document(file))


def json_files(root: Path) -> list[tuple[str, Path]]:
    """Its mapping files in lexical order: the path below `mappings/`, and the file."""
    return [(name, Path(path)) for name, path in _named(root, root / MAPPINGS) if path.endswith(".json")]


def body_files(root: Path) -> tuple[tuple[str, Path], ...]:
    """Its body files in lexical order: the name that a mapping uses, and the file."""
    return tuple((name, Path(path)) for name, path in _named(root, root / BODIES))


def named(root: Path) -> Iterator[tuple[str, str]]:
    """The names of all its files below it, and their paths; each folder in lexical order."""
    for folder in (MAPPINGS, BODIES):
        yield from ((f"{folder}/{name}", path) for name, path in _named(root, root / folder))


def within(root: Path, folder: Path) -> list[Path]:
    """The files in one of its folders, recursively, in lexical order, without those that a link leads out to."""
    return [Path(path) for path in _within(root, folder)]


def entries(folder: Path) -> list["os.DirEntry[str]"]:
    """What is in a folder, recursively, in lexical order, with broken links, pipes and devices."""
    return _below(folder)


# a repository may have thousands of files, and the parts of a Path take longer than all else: these are strings


def _named(root: Path, folder: Path) -> list[tuple[str, str]]:
    """The paths of files below a folder, and these paths."""
    start = len(f"{folder}{os.sep}")
    return [(path[start:].replace(os.sep, "/"), path) for path in _within(root, folder)]


def _within(root: Path, folder: Path) -> list[str]:
    if leaves(root, folder):
        return []
    # what is no link is where its folder is, and folders that are links are not entered
    found = (one for one in _below(folder) if _is_file(one))
    return [one.path for one in found if not (one.is_symlink() and leaves(root, Path(one.path)))]


def _is_file(one: "os.DirEntry[str]") -> bool:
    with suppress(OSError):  # a link that leads to itself
        return one.is_file()
    return False


def _below(folder: Path) -> list["os.DirEntry[str]"]:
    """The same as entries of folders, whose kind is known without another look."""
    found: list[os.DirEntry[str]] = []
    places = [str(folder)]
    while places:
        with suppress(OSError), os.scandir(places.pop()) as listed:
            for one in listed:
                found += [one] if not _NOT_STUBS.search(one.name) else []
                places += [one.path] if one.is_dir(follow_symlinks=False) else []
    return sorted(found, key=lambda one: one.path.split(os.sep))  # noqa: PTH206 - as paths compare, in a fifth of the time


def leaves(root: Path, file: Path) -> bool:
    """Whether it is, or is below, a link that leads out of the root."""
    return not contained.is_within(file, [root])
