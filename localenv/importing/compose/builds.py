"""What a service of a Compose file is built from."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from localenv.importing import dockerfile, images
from localenv.importing.compose.files import Project
from localenv.importing.compose.texts import mapped, text

_SCRIPTS = ("Makefile", "justfile", "Taskfile.yml", "Taskfile.yaml", "package.json", "README.md")
_BUILD = r"docker (?:image |buildx )?build\b[^\n]*(?:-t|--tag)[ =][\"']?{name}(?::[\w.-]+)?[\"']?(?=\s|$)"


def by_hand(image: str, folder: Path) -> str:
    """The file of a folder with a Dockerfile whose commands build an image there; empty if there is none."""
    name = images.parsed(image).repository
    if not (folder / "Dockerfile").is_file():
        return ""
    command = re.compile(_BUILD.replace("{name}", re.escape(name)))
    texts = ((name, folder / name) for name in _SCRIPTS if (folder / name).is_file())
    return next(
        (name for name, file in texts if command.search(file.read_text(errors="replace").replace("\\\n", ""))), ""
    )


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


def _read(
    folder: Path, build: Mapping[str, Any], project: Project, arguments: Mapping[str, str]
) -> dockerfile.Dockerfile | None:
    if inline := build.get("dockerfile_inline"):
        return dockerfile.parsed(str(inline), project.plain(build.get("target")), arguments)
    named = project.plain(build.get("dockerfile")) or "Dockerfile"
    return dockerfile.read(folder / named, project.plain(build.get("target")), arguments)
