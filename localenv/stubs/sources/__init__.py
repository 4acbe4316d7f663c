"""The sources of an upstream's stubs: one module for each kind, and the dict that lists the kinds."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from localenv.errors.problems import Problem
from localenv.stack import StubSource, Upstream
from localenv.stubs.sources import contents, folder, openapi, pack, pact
from localenv.stubs.sources.kind import Loaded, SourceContract, SourceKind, SourceMapping

SOURCES: Mapping[str, SourceKind] = {  # by the key of an upstream in the description
    "stubs": folder,
    "pact": pact,
    "openapi": openapi,
    "pack": pack,
}


def check(source: StubSource) -> Sequence[Problem]:
    """Every mistake in a source, in the order of its files."""
    return SOURCES[source.kind].check(source)


def warnings(source: StubSource) -> Sequence[Problem]:
    """What is served differently from what its files say; it has been checked."""
    found = SOURCES[source.kind].warnings
    return found(source) if found else ()


def mappings(source: StubSource) -> Sequence[SourceMapping]:
    """Its mappings, the first of equal ones wins; raises DescriptionError for a file that cannot be read."""
    return SOURCES[source.kind].mappings(source)


def parts(source: StubSource) -> Iterator[Sequence[SourceMapping]]:
    """Its mappings while they are made, some at a time: one part wins over those before it."""
    found = SOURCES[source.kind].parts
    return found(source) if found else iter(())


def read(upstream: Upstream) -> Sequence[Loaded]:
    """Every source of an upstream with its mappings."""
    return [Loaded(source, mappings(source)) for source in upstream.sources]


def bodies(source: StubSource) -> Mapping[str, Path]:
    """Its body files by the names that its mappings use."""
    return SOURCES[source.kind].bodies(source)


def digest_of_bodies(source: StubSource) -> str:
    """A hash over the names and contents of its body files."""
    return contents.digest(bodies(source).items())


def layer(source: StubSource) -> range:
    """The priorities of its mappings."""
    return SOURCES[source.kind].LAYER


def leads_away(source: StubSource) -> bool:
    """Whether its mappings may proxy or call other servers."""
    return SOURCES[source.kind].LEADS_AWAY


def watched(source: StubSource) -> Sequence[Path]:
    """The files and folders that it reads."""
    return SOURCES[source.kind].watched(source)


def origin(source: StubSource) -> str:
    """The origin of its stubs, for a person."""
    return SOURCES[source.kind].origin(source)


def digest(sources: Iterable[StubSource]) -> str:
    """A hash over everything that the stubs of these sources depend on, in their order."""
    each = ((one.kind, *sorted(one.options.items()), SOURCES[one.kind].digest(one)) for one in sources)
    return sha256(repr([*each]).encode()).hexdigest()


def saves(sources: Iterable[StubSource]) -> frozenset[contents.Save]:
    """Values that change when a file of these sources is saved; faster than a digest."""
    return contents.saves(path for one in sources for path in watched(one))


def contract(source: StubSource) -> SourceContract | None:
    """What it says besides its mappings, if it says what requests and responses may be."""
    return SOURCES[source.kind].contract


def is_contract(source: StubSource) -> bool:
    """Whether it says what requests and responses may be."""
    return contract(source) is not None


def resources(source: StubSource) -> Sequence[Mapping[str, Any]]:
    """What the responder keeps for a source; empty if it is not stateful."""
    found = contract(source)
    return found.resources(source) if found else ()


def paste_into(sources: Iterable[StubSource]) -> Path | None:
    """The folder of the first of these sources where another mapping can be saved; None if there is none."""
    found = (SOURCES[one.kind].paste_into(one) for one in sources)
    return next((folder for folder in found if folder), None)


def written(sources: Iterable[StubSource], origin: str) -> Path | None:
    """The file that a mapping's `origin` refers to; None if it is in none of these sources."""
    for source in sources:
        if isinstance(source.value, Path):
            file = source.value.parent / origin
            if file.is_file() and file.is_relative_to(source.value):
                return file
    return None
