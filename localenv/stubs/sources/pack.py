"""`pack:`, stubs that come with localenv for services that many use: a WireMock root with a README each."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from localenv import paths
from localenv.errors.problems import Problem
from localenv.stack import StubSource
from localenv.stubs.sources import folder
from localenv.stubs.sources.folder.findings import meant
from localenv.stubs.sources.kind import Key, SourceMapping, Takes

KEY = Key(takes=Takes.NAME, help="A pack of stubs that comes with localenv, such as openai.")
OPTIONS: Mapping[str, Key] = {}
LAYER = range(70, 80)
LEADS_AWAY = False

contract = None
warnings = None
parts = None


def names() -> list[str]:
    """The packs: other folders beside them have no README."""
    return sorted(one.parent.name for one in paths.packs().glob("*/README.md"))


def check(source: StubSource) -> Sequence[Problem]:
    """A name that is none of a pack."""
    known = names()
    if source.value in known:
        return []
    hint = meant(str(source.value), known) or f"available: {', '.join(known)}"
    return [Problem(f"unknown pack '{source.value}'", source.at, hint)]


def digest(source: StubSource) -> str:
    """A hash over its files."""
    return folder.digest(_root(source))


def mappings(source: StubSource) -> Sequence[SourceMapping]:
    """Its mappings."""
    return folder.mappings(_root(source))


def bodies(source: StubSource) -> Mapping[str, Path]:
    """Its body files."""
    return folder.bodies(_root(source))


def watched(source: StubSource) -> Sequence[Path]:
    """None: it changes with localenv alone."""
    return ()


def origin(source: StubSource) -> str:
    """The pack."""
    return f"pack {source.value}"


def paste_into(source: StubSource) -> Path | None:
    """None: it is not of the repository."""
    return None


def _root(source: StubSource) -> StubSource:
    return StubSource(kind="stubs", value=paths.packs() / str(source.value))
