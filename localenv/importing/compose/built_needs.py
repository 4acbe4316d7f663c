"""Recognise a service whose own Dockerfile is a known image with files to load."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localenv.importing import images
from localenv.importing.compose import services
from localenv.importing.compose.files import Project

_PLAIN = frozenset({"COPY", "ADD", "ENV", "EXPOSE", "LABEL", "MAINTAINER", "VOLUME", "WORKDIR", "ARG", "CMD"})
_INIT = "/docker-entrypoint-initdb.d"


@dataclass(frozen=True, kw_only=True)
class BuiltNeed:
    """The image behind such a Dockerfile, and the files that it copies to be loaded."""

    image: images.Image
    known: images.Known
    name: str
    copies: Sequence[tuple[Path, str]] = ()


def built_need(service: Mapping[str, Any], project: Project) -> BuiltNeed | None:
    """The need; None for any other build."""
    folder, image = services.context(service), services.dockerfile_of(service, project)
    if folder is None or image is None or not set(image.instructions) <= _PLAIN:
        return None
    parsed = images.parsed(image.base)
    known = parsed.need
    if known is None or any(not target.startswith(_INIT) for _, target in image.copies) or image.entrypoint:
        return None
    if "CMD" in image.instructions and known.kind not in image.command[0]:
        return None
    copies: list[tuple[Path, str]] = []
    for source, target in image.copies:
        for file in sorted(folder.glob(source.lstrip("./"))) if source.strip("./") else ():
            copies += (
                [(one, one.name) for one in sorted(file.iterdir())] if file.is_dir() else [(file, _name(file, target))]
            )
    return BuiltNeed(image=parsed, known=known, name=image.base, copies=copies)


def _name(file: Path, target: str) -> str:
    return file.name if target.endswith(("/", _INIT)) else Path(target).name
