"""Recognise a service whose own Dockerfile is a known image with files to load."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localenv.importing import images
from localenv.importing.compose import builds, server_files
from localenv.importing.compose.files import Project

_PLAIN = frozenset({"COPY", "ADD", "ENV", "EXPOSE", "LABEL", "MAINTAINER", "VOLUME", "WORKDIR", "ARG", "CMD"})
_INIT = "/docker-entrypoint-initdb.d"


@dataclass(frozen=True, kw_only=True)
class BuiltNeed:
    """The image behind such a Dockerfile, and the files that it copies to be loaded."""

    image: images.Image
    known: images.Known
    name: str
    service: Mapping[str, Any]  # with the command of its Dockerfile
    copies: Sequence[tuple[Path, str]] = ()


def built_need(service: Mapping[str, Any], project: Project) -> BuiltNeed | None:
    """The need; None for any other build."""
    folder, image = builds.context(service), builds.dockerfile_of(service, project)
    if folder is None or image is None or not set(image.instructions) <= _PLAIN:
        return None
    parsed = images.parsed(image.base)
    known = parsed.need
    if known is None or image.entrypoint:
        return None
    if "CMD" in image.instructions and known.kind not in image.command[0]:
        return None
    copies: list[tuple[Path, str]] = []
    for source, target in image.copies:
        for file in sorted(folder.glob(source.lstrip("./"))) if source.strip("./") else ():
            inside = sorted(file.iterdir()) if file.is_dir() else [file]
            copies += [(one, _place(one, target, is_folder=file.is_dir())) for one in inside]
    if "CMD" in image.instructions and not service.get("command"):
        service = {**service, "command": [*image.command]}
    read = server_files.read(service, known.kind, copies, project).targets
    if any(not target.startswith(_INIT) and target not in read for _, target in copies):
        return None
    return BuiltNeed(image=parsed, known=known, name=image.base, service=service, copies=copies)


def _place(file: Path, target: str, *, is_folder: bool) -> str:
    return f"{target.rstrip('/')}/{file.name}" if is_folder or target.endswith(("/", _INIT)) else target
