"""Stubs that a repository has: roots of WireMock, contracts of Pact and OpenAPI."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from localenv.description.names import fitted
from localenv.errors import LocalenvError
from localenv.errors.problems import Position
from localenv.host import contained
from localenv.importing import programs
from localenv.importing.repository.finds import Finds, FoundUpstream
from localenv.stack import StubSource
from localenv.stubs.sources import SOURCES

_ROOTS = (
    "stubs",
    "wiremock",
    "mocks",
    "test/wiremock",
    "tests/wiremock",
    "src/test/resources",
    "src/test/resources/wiremock",
)
_PACTS = ("pacts", "pact", "tests/pacts", "target/pacts", "contracts")
_CONTRACTS = ("contracts", "openapi", "specs", "api-specs", "docs/openapi", "third_party", "clients", "upstreams")
_ENDING = re.compile(r"[._-]?(openapi|swagger|api|spec)$")
_VERSION = re.compile(r"^\s*[\"']?openapi[\"']?\s*:\s*[\"']?3\.", re.MULTILINE)
_HEAD = 4096  # characters in which a document says its version
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
        if kind not in found.contracts and _is_well(kind, file):
            found.contracts[kind] = file


def _is_well(kind: str, file: Path) -> bool:
    """Whether localenv can serve a contract; one with mistakes would keep everything from starting."""
    source = StubSource(kind=kind, value=file, at=Position(file))
    try:
        return not SOURCES[kind].check(source)
    except LocalenvError:
        return False


def _found(finds: Finds) -> Iterator[Path]:
    for name in _ROOTS:
        folder = finds.home / name
        for root in (folder, *(sorted(folder.iterdir()) if folder.is_dir() else ())):
            mappings = root / "mappings"
            if mappings.is_dir() and not mappings.is_symlink() and any(mappings.rglob("*.json")):
                yield root


def _providers(finds: Finds) -> Iterator[tuple[str, Path, str]]:
    """The contracts of Pact, with their providers."""
    for name in _PACTS:
        for file in _own(finds, name, "*.json"):
            provider = programs.manifest(file).get("provider")
            if isinstance(provider, dict) and isinstance(provider.get("name"), str) and fitted(provider["name"]):
                yield "pact", file, provider["name"]


def _documents(finds: Finds) -> Iterator[tuple[str, Path, str]]:
    """Documents of OpenAPI in a folder for those of others; one at the top is likely the repository's own."""
    for name in _CONTRACTS:
        for file in _own(finds, name, "*"):
            title = _ENDING.sub("", file.stem.lower())
            if file.suffix in (".yaml", ".yml", ".json") and fitted(title) and _is_openapi(file):
                yield "openapi", file, title


def _own(finds: Finds, folder: str, pattern: str) -> list[Path]:
    """The files of a folder that do not lead out of the repository."""
    found = sorted((finds.home / folder).glob(pattern))
    return [file for file in found if contained.is_within(file, [finds.place.repository])]


def _is_openapi(file: Path) -> bool:
    try:
        with file.open(errors="replace") as opened:
            return _VERSION.search(opened.read(_HEAD)) is not None
    except OSError:
        return False
