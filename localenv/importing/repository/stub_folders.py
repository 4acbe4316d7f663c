"""Stubs that a repository has: roots of WireMock, and contracts of Pact."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

from localenv.description.names import fitted
from localenv.importing.repository.finds import Finds, FoundUpstream

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
_GENERIC = frozenset({"wiremock", "stubs", "mocks", "resources", "mappings"})


def detect(finds: Finds) -> None:
    """Add an upstream for each root of stubs, and for each provider of a contract."""
    for root in _found(finds):
        name = fitted(root.name if root.name not in _GENERIC else "upstream")
        where = os.path.relpath(root, finds.home)
        finds.upstreams.setdefault(name, FoundUpstream(name=name, why=f"stubs in {where}", stubs=root))
    for file, provider in _providers(finds):
        name = fitted(provider)
        finds.upstreams.setdefault(
            name, FoundUpstream(name=name, why=f"provider in {os.path.relpath(file, finds.home)}")
        )


def _found(finds: Finds) -> Iterator[Path]:
    for name in _ROOTS:
        folder = finds.home / name
        for root in (folder, *(sorted(folder.iterdir()) if folder.is_dir() else ())):
            mappings = root / "mappings"
            if mappings.is_dir() and not mappings.is_symlink() and any(mappings.rglob("*.json")):
                yield root


def _providers(finds: Finds) -> Iterator[tuple[Path, str]]:
    for name in _PACTS:
        for file in sorted((finds.home / name).glob("*.json")):
            try:
                said = json.loads(file.read_text())
            except (OSError, ValueError):
                continue
            provider = said.get("provider") if isinstance(said, dict) else None
            if isinstance(provider, dict) and isinstance(provider.get("name"), str) and fitted(provider["name"]):
                yield file, provider["name"]
