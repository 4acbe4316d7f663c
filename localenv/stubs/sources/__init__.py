"""Where the stubs of an upstream come from: a module for each kind of source, and the one dict that names them."""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from localenv.errors import Problem
from localenv.stack import StubSource
from localenv.stubs.sources import contents, folder
from localenv.stubs.sources.kind import SourceKind, SourceMapping

SOURCES: Mapping[str, SourceKind] = {  # by the key of an upstream in the description
    "stubs": folder,
}


def check(source: StubSource) -> Sequence[Problem]:
    """Every mistake in a source, in the order of its files."""
    return SOURCES[source.kind].check(source)


def mappings(source: StubSource) -> Sequence[SourceMapping]:
    """Its mappings, the first of equals wins; raises DescriptionError for what cannot be read."""
    return SOURCES[source.kind].mappings(source)


def bodies(source: StubSource) -> Mapping[str, Path]:
    """Its body files by the names that its mappings use."""
    return SOURCES[source.kind].bodies(source)


def digest_of_bodies(source: StubSource) -> str:
    """A hash over the names and contents of its body files."""
    return contents.digest(bodies(source).items())


def layer(source: StubSource) -> range:
    """The priorities of its mappings."""
    return SOURCES[source.kind].LAYER


def watched(source: StubSource) -> Sequence[Path]:
    """The files and folders that it is made from."""
    return SOURCES[source.kind].watched(source)


def origin(source: StubSource) -> str:
    """Where its stubs come from, for a person."""
    return SOURCES[source.kind].origin(source)


def digest(sources: Iterable[StubSource]) -> str:
    """A hash over all that the stubs of these sources depend on, in their order."""
    each = ((one.kind, *sorted(one.options.items()), SOURCES[one.kind].digest(one)) for one in sources)
    return sha256(repr([*each]).encode()).hexdigest()


def saves(sources: Iterable[StubSource]) -> frozenset[contents.Save]:
    """What changes when a file is saved from which these sources are made; quicker than a digest."""
    return contents.saves(path for one in sources for path in watched(one))


def paste_into(sources: Iterable[StubSource]) -> Path | None:
    """The folder of the first of these sources in which a further mapping can be saved; None where there is none."""
    found = (SOURCES[one.kind].paste_into(one) for one in sources)
    return next((folder for folder in found if folder), None)


def written(sources: Iterable[StubSource], origin: str) -> Path | None:
    """The file that the `origin` of a mapping means; None where it is in none of these sources."""
    for source in sources:
        if isinstance(source.value, Path):
            file = source.value.parent / origin
            if file.is_file() and file.is_relative_to(source.value):
                return file
    return None
