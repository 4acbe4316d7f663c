"""Find the files of a WireMock root, and the mappings in them."""

import os
import re
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from localenv.errors.problems import KeyPath
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
    return tuple(mapping_file(root, file) for file in json_files(root))


def mapping_file(root: Path, file: Path) -> MappingFile:
    """Read one mapping file; raises Unreadable."""
    return MappingFile(root=root, name=_name(file, root / MAPPINGS), document=read_document(file))


def json_files(root: Path) -> list[Path]:
    """Its mapping files in lexical order."""
    return [file for file in within(root, root / MAPPINGS) if file.suffix == ".json"]


def body_files(root: Path) -> tuple[tuple[str, Path], ...]:
    """Its body files in lexical order: the name that a mapping uses, and the file."""
    folder = root / BODIES
    return tuple((_name(file, folder), file) for file in within(root, folder))


def _name(file: Path, folder: Path) -> str:
    """The path of a file below a folder; a repository may have thousands, which `relative_to` takes apart each time."""
    return str(file).removeprefix(f"{folder}{os.sep}").replace(os.sep, "/")


def within(root: Path, folder: Path) -> list[Path]:
    """The files in one of its folders, recursively, in lexical order, without those that a link leads out to."""
    if leaves(root, folder):
        return []
    # what is no link is where its folder is, and folders that are links are not entered
    found = (one for one in _below(folder) if one.is_file())
    return [Path(one.path) for one in found if not (one.is_symlink() and leaves(root, Path(one.path)))]


def entries(folder: Path) -> list[Path]:
    """The files and folders in a folder, recursively, in lexical order, with broken links."""
    return [Path(one.path) for one in _below(folder)]


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
    return not file.resolve().is_relative_to(root.resolve())
