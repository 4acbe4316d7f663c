"""`openapi:`, a contract: every operation is answered, and every request judged, as the document says."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from localenv.errors import DescriptionError, shown
from localenv.errors.problems import KeyPath, Position, Problem
from localenv.stack import StubSource
from localenv.stubs.sources.kind import Key, SourceMapping, Takes
from localenv.stubs.sources.openapi import contract as contract
from localenv.stubs.sources.openapi import kept

KEY = Key(takes=Takes.FILE, help="An OpenAPI 3 document: answers every operation, and judges requests.")
OPTIONS: Mapping[str, Key] = {
    "base_path": Key(takes=Takes.NAME, help="The path before those of openapi, / for none; default: the server's."),
    "stateful": Key(takes=Takes.SWITCH, help="Keep what is created at openapi:, to get, list, change and delete it."),
    "strict": Key(takes=Takes.SWITCH, help="Answer 401 without the security that openapi: declares."),
}
LAYER = range(40, 70)
LEADS_AWAY = False


def check(source: StubSource) -> Sequence[Problem]:
    """Every mistake that makes the contract unusable."""
    try:
        kept.begin(source)
    except DescriptionError as error:
        return error.problems
    return ()


def warnings(source: StubSource) -> Sequence[Problem]:
    """The operations that are left out, and examples that do not fit their schema."""
    return kept.kept(source).warnings


def digest(source: StubSource) -> str:
    """A hash over the document, the files it refers to, and the options."""
    return kept.digest(source)


def mappings(source: StubSource) -> list[SourceMapping]:
    """Its mappings, those of the most precise path first."""
    return _mappings(source, kept.kept(source).mappings())


def parts(source: StubSource) -> Iterator[list[SourceMapping]]:
    """The mappings of a large contract while they are made, those of the most precise path last."""
    for part in kept.parts(source):
        yield _mappings(source, part)


def bodies(source: StubSource) -> dict[str, Path]:
    """None: every body is in its mapping."""
    return {}


def watched(source: StubSource) -> tuple[Path, ...]:
    """The document, and the files it refers to."""
    return kept.files_of(source)


def origin(source: StubSource) -> str:
    """The document."""
    return shown(source.path)


def paste_into(source: StubSource) -> None:
    """Nowhere: a mapping for it is put into a folder of `stubs:`."""
    return


def _mappings(source: StubSource, made: Sequence[Mapping[str, Any]]) -> list[SourceMapping]:
    file = source.path
    at = partial(_at, file)
    return [
        SourceMapping(mapping=one["mapping"], name=one["name"], origin=file.name, about=one["about"], at=at)
        for one in made
    ]


def _at(file: Path, inside: KeyPath) -> Position:
    return Position(file)
