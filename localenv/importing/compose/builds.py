"""What a service of a Compose file is built from."""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from localenv.importing import dockerfile, images, reading
from localenv.importing.compose.files import Project
from localenv.importing.compose.texts import mapped, text

_SCRIPTS = ("Makefile", "justfile", "Taskfile.yml", "Taskfile.yaml", "package.json", "README.md")
_BUILD = r"docker (?:image |buildx )?build\b[^\n]*(?:-t|--tag)[ =][\"']?{name}(?::[\w.-]+)?[\"']?(?=\s|$)"
_LONGEST = 4096  # characters of a line


def by_hand(image: str, project: Project) -> str:
    """The file beside a Dockerfile whose commands build an image from that; empty if there is none."""
    if not (project.folder / "Dockerfile").is_file():
        return ""
    command = re.compile(_BUILD.replace("{name}", re.escape(images.parsed(image).repository)))
    return next((name for name in _SCRIPTS if any(map(command.search, _lines(project, name)))), "")


def _lines(project: Project, name: str) -> Iterator[str]:
    """The lines of a file beside the Compose file, without those that are longer than a person writes."""
    written = reading.text(project.folder / name, within=project.bounds).replace("\\\n", "")
    return (line for line in written.splitlines() if len(line) < _LONGEST)


def context(service: Mapping[str, Any]) -> Path | None:
    """The folder that a service is built from; None if it is not built, or from elsewhere."""
    build = mapped(service.get("build"))
    written = str(build.get("context", ""))
    return (
        Path(os.path.normpath(written)) if build and "://" not in written and not written.startswith("git@") else None
    )


def dockerfile_of(service: Mapping[str, Any], project: Project) -> dockerfile.Dockerfile | None:
    """The Dockerfile of a service, with its stage."""
    folder, build = context(service), mapped(service.get("build"))
    if folder is None:
        return None
    arguments = {key: project.plain(value) for key, value in mapped(build.get("args")).items() if value is not None}
    return _read(folder, build, project, arguments)


def environment_of(service: Mapping[str, Any], project: Project) -> Mapping[str, str]:
    """The variables that its image sets, as they are written: those of the user stay references."""
    folder, build, atoms = context(service), mapped(service.get("build")), project.atoms
    given = {key: text(value) for key, value in mapped(build.get("args")).items() if value is not None}
    arguments = {key: atoms.written(atoms.read(value)) for key, value in given.items()}
    image = _read(folder, build, project, arguments) if folder else None
    return image.environment if image else {}


def defaults_of(service: Mapping[str, Any], project: Project) -> Mapping[str, str]:
    """The defaults that its Dockerfile gives to arguments of the build."""
    folder, build = context(service), mapped(service.get("build"))
    if folder is None:
        return {}
    named = project.plain(build.get("dockerfile")) or "Dockerfile"
    written = build.get("dockerfile_inline") or reading.text(folder / named, within=project.bounds)
    return dockerfile.defaults(str(written))


def _read(
    folder: Path, build: Mapping[str, Any], project: Project, arguments: Mapping[str, str]
) -> dockerfile.Dockerfile | None:
    if inline := build.get("dockerfile_inline"):
        return dockerfile.parsed(str(inline), project.plain(build.get("target")), arguments)
    named = project.plain(build.get("dockerfile")) or "Dockerfile"
    return dockerfile.read(folder / named, project.plain(build.get("target")), arguments, within=project.bounds)
