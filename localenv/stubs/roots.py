"""WireMock roots, folders of `mappings/` and `__files/`: read, checked before anything starts, and told apart."""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from localenv.errors import Position, Problem
from localenv.stubs import checking
from localenv.stubs.documents import Document, Unreadable, Where
from localenv.stubs.documents import read as read_document

MAPPINGS = "mappings"
BODIES = "__files"

_NOT_STUBS = re.compile(r"(\.sw.|~)$|^(\.#|\.DS_Store$)")  # what editors and file managers leave
_OTHER_FORMATS = frozenset({".yaml", ".yml", ".json5", ".jsonc"})


@dataclass(frozen=True, kw_only=True)
class MappingFile:
    """A file of mappings, in the order written; `name` is its path below the root's `mappings/`."""

    root: Path
    name: str
    document: Document = field(repr=False)

    @property
    def mappings(self) -> tuple[tuple[Where, Any], ...]:
        """Each mapping, and the keys that lead to it."""
        value = self.document.value
        if isinstance(value, dict) and isinstance(value.get("mappings"), list):
            return tuple((("mappings", index), one) for index, one in enumerate(value["mappings"]))
        return (((), value),)


def check(root: Path) -> list[Problem]:
    """Every mistake in a WireMock root, in the order of its files; files are read, none is changed."""
    return [*_shape(root), *_strays(root), *_mistakes(root)]


def read(root: Path) -> tuple[MappingFile, ...]:
    """Its files of mappings in lexical order; raises Unreadable for one that holds no JSON."""
    return tuple(_mapping_file(root, file) for file in _json_files(root))


def body_files(root: Path) -> tuple[tuple[str, Path], ...]:
    """Its body files in lexical order: the name a mapping uses, and the file."""
    folder = root / BODIES
    return tuple((file.relative_to(folder).as_posix(), file) for file in _files(folder) if not _leaves(root, file))


def digest(roots: Sequence[Path]) -> str:
    """A hash over the names and contents of what the roots hold, in their order; missing roots hold nothing."""
    summary = sha256()
    for root in roots:
        for folder in (MAPPINGS, BODIES):
            for file in _files(root / folder):
                _add(summary, file.relative_to(root).as_posix(), file)
        summary.update(b"\0root")
    return summary.hexdigest()


def digest_of_bodies(root: Path) -> str:
    """A hash over the names and contents of its body files."""
    summary = sha256()
    for name, file in body_files(root):
        _add(summary, name, file)
    return summary.hexdigest()


def _add(summary: Any, name: str, file: Path) -> None:
    try:
        content = sha256(file.read_bytes()).digest()
    except OSError:  # gone again, or not ours to read: `check` says so
        content = b""
    summary.update(os.fsencode(name) + b"\0" + content)


def _shape(root: Path) -> Iterator[Problem]:
    if not root.is_dir():
        yield Problem("is no folder", Position(root), "a WireMock root holds mappings/ and __files/")
        return
    if (root / MAPPINGS).is_dir() or (root / BODIES).is_dir():
        return
    lying = any(entry.suffix == ".json" for entry in root.iterdir())
    hint = "move the JSON files into mappings/" if lying else "a WireMock root holds mappings/ and __files/"
    yield Problem("is no WireMock root: it has neither mappings/ nor __files/", Position(root), hint)


def _strays(root: Path) -> Iterator[Problem]:
    for folder in (root / MAPPINGS, root / BODIES):
        for file in _entries(folder):
            if _leaves(root, file):
                yield Problem("is a link that leads out of the stubs' folder", Position(file), "copy the file here")
            elif file.is_symlink() and file.is_dir():
                yield Problem("is a link to a folder, which is not followed", Position(file))
            elif folder.name == MAPPINGS and file.suffix.lower() in _OTHER_FORMATS:
                yield Problem("is no JSON file, so WireMock would not read it", Position(file), "write it as .json")


def _mistakes(root: Path) -> Iterator[Problem]:
    for file in _json_files(root):
        try:
            found = _mapping_file(root, file)
        except Unreadable as unreadable:
            yield unreadable.problem
            continue
        for where in found.document.repeated:
            yield Problem(f"'{where[-1]}' stands twice in one object", found.document.at(where))
        for finding in _findings(found):
            yield Problem(finding.message, found.document.at(finding.where), finding.hint)


def _findings(file: MappingFile) -> checking.Findings:
    value = file.document.value
    if isinstance(value, dict) and "mappings" in value:
        for key in value:
            if key not in {"mappings", "meta"}:
                yield checking.Finding((key,), f"'{key}' beside 'mappings'")
        if not isinstance(value["mappings"], list):
            yield checking.Finding(("mappings",), "'mappings' is a list")
            return
    elif isinstance(value, list):
        yield checking.Finding((), "is a list", 'many mappings in one file: {"mappings": […]}')
        return
    for where, one in file.mappings:
        yield from checking.mapping(one, where)
        yield from _body_file(file.root, one, where)


def _body_file(root: Path, mapping: Any, where: Where) -> checking.Findings:
    response = mapping.get("response") if isinstance(mapping, dict) else None
    name = response.get("bodyFileName") if isinstance(response, dict) else None
    if not isinstance(name, str):
        return
    here = (*where, "response", "bodyFileName")
    file = root / BODIES / name
    if name.startswith("/") or "\\" in name or ".." in Path(name).parts or "\0" in name:
        yield checking.Finding(here, f"body file '{name}' would lie outside {BODIES}/", "a path below it, without ..")
    elif "{{" in name:
        return  # WireMock fills it in for each request
    elif not file.is_file():
        close = checking.meant(name, [known for known, _ in body_files(root)])
        yield checking.Finding(here, f"there is no body file {BODIES}/{name}", close)
    elif _leaves(root, file):
        yield checking.Finding(here, f"body file '{name}' is a link that leads out of the stubs' folder")


def _mapping_file(root: Path, file: Path) -> MappingFile:
    name = file.relative_to(root / MAPPINGS).as_posix()
    return MappingFile(root=root, name=name, document=read_document(file))


def _json_files(root: Path) -> list[Path]:
    return [file for file in _files(root / MAPPINGS) if file.suffix == ".json" and not _leaves(root, file)]


def _files(folder: Path) -> list[Path]:
    return [file for file in _entries(folder) if file.is_file()]


def _entries(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if not _NOT_STUBS.search(file.name))


def _leaves(root: Path, file: Path) -> bool:
    return not file.resolve().is_relative_to(root.resolve())
