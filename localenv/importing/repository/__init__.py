"""The importer of repositories without a Compose file: detectors, each of which adds what it recognises."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from localenv.errors import UsageError
from localenv.importing import Ask, Checkout, images, programs
from localenv.importing.compose import files
from localenv.importing.repository import (
    backing,
    compiled,
    connection_strings,
    devcontainer,
    dockerfiles,
    documents,
    dotnet,
    fixed_ports,
    healthchecks,
    migrations,
    node,
    others,
    ports,
    prefixes,
    procfile,
    python,
    spring,
    stub_folders,
    variables,
)
from localenv.importing.repository.describing import described
from localenv.importing.repository.finds import Finds, FoundNeed
from localenv.importing.sketch import Sketch
from localenv.needs.kinds import KINDS

__all__ = ["completed", "find", "imported"]

# in this order: a later one goes by what earlier ones have found
DETECTORS: Mapping[str, Callable[[Finds], None]] = {
    "Dockerfile": dockerfiles.detect,
    "Python": python.detect,
    "Node": node.detect,
    "Go, Rust, Java, Ruby, PHP, .NET": compiled.detect,
    "Procfile": procfile.detect,
    "devcontainer.json": devcontainer.detect,
    "variables": variables.detect,
    "prefixes": prefixes.detect,
    "ports": ports.detect,
    "fixed ports": fixed_ports.detect,
    "Spring Boot": spring.detect,
    "ASP.NET Core": connection_strings.detect,
    "needs": backing.detect,
    "shared databases": prefixes.name_shared,
    "migrations": migrations.detect,
    "stubs": stub_folders.detect,
    "upstreams": others.detect,
    "OpenAPI": documents.detect,
    "health": healthchecks.detect,
}
_MONGO_LOGIN = {"MONGO_INITDB_ROOT_USERNAME": "user", "MONGO_INITDB_ROOT_PASSWORD": "password"}
_MARKS = (
    "Dockerfile", "pyproject.toml", "requirements.txt", "Pipfile", "setup.py", "manage.py", "package.json", "Procfile",
    "go.mod", "Cargo.toml", "Gemfile", "pom.xml", "build.gradle", "build.gradle.kts", "artisan",
)  # fmt: skip
_MOST = 5  # files that a message names
_ELSEWHERE = ("docker", ".docker", "deploy", "deployment", "infra", "compose", "local", "dev", ".devcontainer")


def find(place: Checkout) -> Path | None:
    """The folder, if it holds something that a detector knows."""
    is_known = _marks(place) or programs.has_python(place.home) or dotnet.is_here(place.home)
    return place.home if is_known else None


def _marks(place: Checkout) -> list[str]:
    """The files that tell what a folder holds, relative to the home."""
    found = (folder / name for folder in Finds(place=place).folders for name in _MARKS)
    return [file.relative_to(place.home).as_posix() for file in found if file.is_file()]


def imported(source: Path, place: Checkout, *, stubs: Sequence[str] = (), ask: Ask | None = None) -> Sketch:
    """The sketch of a description of what is found; raises UsageError if nothing can be started."""
    if stubs:
        raise UsageError("--stub names a service of a Compose file", hint="add --from compose.yaml")
    beside = devcontainer.servers(place)
    if beside and _starts_servers_alone(beside) and (whole := _with_programs(beside, place, ask)):
        return whole
    finds = _detected(Finds(place=place, ask=ask))
    if not finds.services:
        read = f" (read: {', '.join(marks[:_MOST])})" if (marks := _marks(place)) else ""
        raise UsageError(
            f"no program to start was found{read}",
            hint="add a Dockerfile, a start script or a Procfile, or write envs/local.yaml: localenv help description",
        )
    sketch = Sketch(source="the files of this repository")
    elsewhere = (files.find(place.home / name) for name in _ELSEWHERE)
    for file in dict.fromkeys(filter(None, (*elsewhere, devcontainer.compose_file(place)))):
        shown = os.path.relpath(file, place.home)
        sketch.leave_out(shown, f"a Compose file in a folder is read on demand: localenv init --from {shown}")
    return described(finds, sketch)


def completed(sketch: Sketch, place: Checkout, ask: Ask | None = None) -> Sketch:
    """The sketch of a Compose file, with the programs of the repository if that starts only servers for them."""
    if not _starts_servers_alone(sketch) or find(place) is None:
        return sketch
    return _with_programs(sketch, place, ask) or sketch


def _starts_servers_alone(sketch: Sketch) -> bool:
    services = sketch.document.get("services", {})
    return all(images.is_for_programs(str(one.get("image", ""))) for one in services.values())


def _with_programs(sketch: Sketch, place: Checkout, ask: Ask | None) -> Sketch | None:
    """The sketch of servers, with the programs of the repository that use them; None if there are no programs."""
    _take_mongo(sketch)
    known = {kind: name for name, one in sketch.document.get("needs", {}).items() for kind in one if kind in KINDS}
    needs = {kind: FoundNeed(kind=kind, name=name, why="") for kind, name in known.items()}
    taken = frozenset(name for section in sketch.document.values() if isinstance(section, dict) for name in section)
    finds = _detected(Finds(place=place, ask=ask, needs=needs, taken=taken))
    if not finds.services:
        return None
    sketch.source += " and the files of this repository"
    return described(finds, sketch)


def _take_mongo(sketch: Sketch) -> None:
    """Make needs of services that are a MongoDB without settings and files: its clients are here."""
    services = sketch.document.get("services", {})
    for name, service in [*services.items()]:
        image = images.parsed(str(service.get("image", "")))
        volumes = service.get("compose", {}).get("volumes", [])
        is_plain = set(service) <= {"image", "port", "healthcheck", "environment", "compose", "publish"}
        login = {key: value for key, value in service.get("environment", {}).items() if key in _MONGO_LOGIN}
        if image.repository != "mongo" or not is_plain or "entrypoint-initdb" in repr(volumes):
            continue
        del services[name]
        need = {"mongo": image.version or KINDS["mongo"].version, **{_MONGO_LOGIN[key]: login[key] for key in login}}
        sketch.section("needs")[name] = need
        for path in [path for path in sketch.comments if path[:2] == ("services", name)]:
            del sketch.comments[path]


def _detected(finds: Finds) -> Finds:
    for detect in DETECTORS.values():
        detect(finds)
    return finds
