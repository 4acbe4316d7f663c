"""Stubs that a repository has: roots of WireMock, contracts of Pact and OpenAPI."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from localenv.description.names import fitted
from localenv.errors import LocalenvError
from localenv.errors.problems import Position
from localenv.host import contained
from localenv.importing import programs, reading
from localenv.importing.repository.finds import Finds, FoundUpstream
from localenv.stack import StubSource
from localenv.stubs.sources import SOURCES

_PACTS = ("pacts", "pact", "contracts")  # names of folders
_DEEPEST = 5  # folders below the home
_SKIPPED = ("node_modules", "vendor", "envs", "venv", "site-packages", "dist", "__pycache__")
_CONTRACTS = ("contracts", "openapi", "specs", "api-specs", "docs/openapi", "third_party", "clients", "upstreams")
_ENDING = re.compile(r"[._-]?(openapi|swagger|api|spec)$")
_VERSION = re.compile(r"(?:^|\{)\s*[\"']?openapi[\"']?\s*:\s*[\"']?3\.", re.MULTILINE)
_GENERIC = frozenset({"wiremock", "stubs", "mocks", "resources", "mappings"})


def detect(finds: Finds) -> None:
    """Add an upstream for each root of stubs, and for each provider of a contract."""
    for root in _found(finds):
        name = fitted(root.name if root.name not in _GENERIC else "upstream")
        where = os.path.relpath(root, finds.home)
        finds.upstreams.setdefault(name, FoundUpstream(name=name, why=f"stubs in {where}", stubs=root))
    for kind, file, title in (*_providers(finds), *_documents(finds)):
        name = next((one for one in finds.upstreams if one == fitted(title)), fitted(title))
        where = f"{kind} in {os.path.relpath(file, finds.home)}"
        found = finds.upstreams.setdefault(name, FoundUpstream(name=name, why=where))
        if kind not in found.contracts and is_well(kind, file):
            found.contracts[kind] = file


def is_well(kind: str, file: Path) -> bool:
    """Whether localenv can serve a contract; one with mistakes would keep everything from starting."""
    source = StubSource(kind=kind, value=file, at=Position(file))
    try:
        return not SOURCES[kind].check(source)
    except LocalenvError:
        return False


def _found(finds: Finds) -> Iterator[Path]:
    """The folders with mappings of WireMock."""
    for root in _folders(finds.home):
        mappings = root / "mappings"
        if mappings.is_dir() and not mappings.is_symlink():
            first = next((file for file in sorted(mappings.rglob("*.json")) if not file.is_symlink()), None)
            if first and {"request", "mappings"} & programs.manifest(first).keys():
                yield root


def _folders(folder: Path, depth: int = 0) -> Iterator[Path]:
    """A folder, and those below it that are no links."""
    yield folder
    try:
        below = sorted(one for one in folder.iterdir() if one.is_dir() and not one.is_symlink())
    except OSError:
        return
    for one in below if depth < _DEEPEST else ():
        if one.name not in _SKIPPED and not one.name.startswith("."):
            yield from _folders(one, depth + 1)


def _providers(finds: Finds) -> Iterator[tuple[str, Path, str]]:
    """The contracts of Pact, with their providers."""
    for folder in (one for one in _folders(finds.home) if one.name in _PACTS):
        for file in _own(finds, folder, "*.json"):
            provider = programs.manifest(file).get("provider")
            if isinstance(provider, dict) and isinstance(provider.get("name"), str) and fitted(provider["name"]):
                yield "pact", file, provider["name"]


def _documents(finds: Finds) -> Iterator[tuple[str, Path, str]]:
    """Documents of OpenAPI in a folder for those of others; one at the top is likely the repository's own."""
    for name in _CONTRACTS:
        for file in _own(finds, finds.home / name, "*"):
            title = _ENDING.sub("", file.stem.lower())
            if file.suffix in (".yaml", ".yml", ".json") and fitted(title) and is_openapi(file):
                yield "openapi", file, title


def _own(finds: Finds, folder: Path, pattern: str) -> list[Path]:
    """The files of a folder that do not lead out of the repository."""
    found = sorted(folder.glob(pattern))
    return [file for file in found if contained.is_within(file, [finds.place.repository])]


def is_openapi(file: Path) -> bool:
    """Whether it is a document of OpenAPI 3."""
    return _VERSION.search(reading.head(file)) is not None
