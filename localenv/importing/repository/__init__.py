"""The importer of repositories without a Compose file: detectors, each of which adds what it recognises."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from localenv.errors import UsageError
from localenv.importing import Ask, Checkout, programs
from localenv.importing.repository import (
    backing,
    devcontainer,
    dockerfiles,
    healthchecks,
    migrations,
    node,
    others,
    ports,
    procfile,
    python,
    stub_folders,
    variables,
)
from localenv.importing.repository.describing import described
from localenv.importing.repository.finds import Finds
from localenv.importing.sketch import Sketch

__all__ = ["find", "imported"]

# in this order: a later one goes by what earlier ones have found
DETECTORS: Mapping[str, Callable[[Finds], None]] = {
    "Dockerfile": dockerfiles.detect,
    "Python": python.detect,
    "Node": node.detect,
    "Procfile": procfile.detect,
    "devcontainer.json": devcontainer.detect,
    "ports": ports.detect,
    "variables": variables.detect,
    "needs": backing.detect,
    "migrations": migrations.detect,
    "stubs": stub_folders.detect,
    "upstreams": others.detect,
    "health": healthchecks.detect,
}
_MARKS = (
    "Dockerfile", "pyproject.toml", "requirements.txt", "Pipfile", "setup.py", "manage.py", "package.json", "Procfile",
    "go.mod", "Cargo.toml", "Gemfile", "pom.xml", "build.gradle", "build.gradle.kts",
)  # fmt: skip


def find(place: Checkout) -> Path | None:
    """The folder, if it holds something that a detector knows."""
    folders = (place.home, *(place.home / name for name in _below(place.home)))
    known = any((folder / name).is_file() for folder in folders for name in _MARKS)
    return place.home if known or programs.has_python(place.home) else None


def imported(source: Path, place: Checkout, *, stubs: Sequence[str] = (), ask: Ask | None = None) -> Sketch:
    """The sketch of a description of what is found; raises UsageError if nothing can be started."""
    if stubs:
        raise UsageError("--stub names a service of a Compose file", hint="add --from compose.yaml")
    finds = Finds(place=place, ask=ask)
    for detect in DETECTORS.values():
        detect(finds)
    if not finds.services:
        raise UsageError(
            "nothing to start was found: no Dockerfile, no program of Python or Node",
            hint="add a Dockerfile, or write envs/local.yaml: localenv help description",
        )
    return described(finds)


def _below(folder: Path) -> list[str]:
    try:
        return [one.name for one in folder.iterdir() if one.is_dir() and not one.name.startswith(".")]
    except OSError:
        return []
