"""`stubs:`, a WireMock root: a folder with `mappings/` and `__files/` in the repository."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from localenv.errors import DescriptionError, shown
from localenv.errors.problems import KeyPath, Position, Problem
from localenv.stack import StubSource
from localenv.stubs.sources import contents
from localenv.stubs.sources.documents import StubDocument, Unreadable
from localenv.stubs.sources.folder import checking, files
from localenv.stubs.sources.kind import Key, SourceMapping, Takes

KEY = Key(takes=Takes.FOLDER, is_list=True, help="WireMock root folders; the first one wins.")
OPTIONS: Mapping[str, Key] = {}
LAYER = range(10, 30)
LEADS_AWAY = True

contract = None
warnings = None  # WireMock serves the files as they are
parts = None


def check(source: StubSource) -> list[Problem]:
    """Every mistake in the root."""
    return checking.check(source.path)


def digest(source: StubSource) -> str:
    """A hash over the names and contents of its files; a missing root counts as empty."""
    return contents.digest(files.named(source.path))


def mappings(source: StubSource) -> list[SourceMapping]:
    """Its mappings, the last first: as in WireMock, a later mapping has precedence."""
    try:
        read = files.read(source.path)
    except Unreadable as unreadable:
        raise DescriptionError([unreadable.problem]) from unreadable
    folder = f"{source.path.name}/{files.MAPPINGS}"
    return [
        SourceMapping(
            mapping=mapping,
            name=f"{file.name}\n{index}",
            origin=f"{folder}/{file.name}",
            at=partial(_at, file.document, where),
        )
        for file in reversed(read)
        for index, (where, mapping) in reversed(tuple(enumerate(file.mappings)))
    ]


def bodies(source: StubSource) -> dict[str, Path]:
    """The files in its `__files/`."""
    return dict(files.body_files(source.path))


def watched(source: StubSource) -> tuple[Path, ...]:
    """Its two folders."""
    return source.path / files.MAPPINGS, source.path / files.BODIES


def origin(source: StubSource) -> str:
    """The folder."""
    return shown(source.path)


def paste_into(source: StubSource) -> Path:
    """Its `mappings/`."""
    return source.path / files.MAPPINGS


def _at(document: StubDocument, mapping: KeyPath, inside: KeyPath) -> Position:
    return document.at((*mapping, *inside))
