"""The `native:` part of a service of a Compose file, as far as it is known how its program runs without Docker."""

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from localenv.host import contained
from localenv.importing import image_environment, programs
from localenv.importing.compose import builds
from localenv.importing.dockerfile import Dockerfile, entrypoint_file
from localenv.importing.native import native
from localenv.importing.targets import SERVICES

if TYPE_CHECKING:
    from localenv.importing.compose.services import ServiceSource, Writing


def write(source: "ServiceSource", found: dict[str, Any], writing: "Writing") -> None:
    """Write it; a service that runs in Docker only is marked."""
    mounted = _mounted(source.service, writing) if "image" in found else None
    folder = mounted or builds.context(source.service)
    document: dict[str, Any] = {"working_dir": os.path.relpath(mounted, writing.place.envs)} if mounted else {}
    if folder is not None and folder.is_dir():
        base = Dockerfile(base=writing.project.atoms.plain(source.image))
        image = base if mounted else builds.dockerfile_of(source.service, writing.project)
        has_command = "command" in found or "entrypoint" in found
        port, known = source.target.port, found.get("environment", {})
        written = {} if mounted else builds.environment_of(source.service, writing.project)
        own = image_environment.of(written, port, known)
        program = programs.of(folder, image)
        if part := native(program, port, has_command=has_command, environment=own):
            document |= part.document
            if program.folder and not mounted:
                document["working_dir"] = os.path.relpath(program.folder, writing.place.envs)
            for key, comment in part.comments.items():
                writing.sketch.comment(comment, SERVICES, source.name, "native", *([key] if key else []))
        if command := _command(source, writing, image, folder, found) if image and not mounted else "":
            document["command"] = command
        is_wrapped = "command" in found and "entrypoint" not in found and "command" not in document
        if file := entrypoint_file(image, folder) if image and is_wrapped else "":
            comment = f"{file}, the entrypoint of its image, does not run without Docker"
            writing.sketch.comment(comment, SERVICES, source.name, "native" if document else "command")
    if document:
        found["native"] = document
    runs = {"command", "entrypoint"} & found.keys() or "command" in document
    if not runs or ("image" in found and not mounted):
        why = "runs in Docker alone; without it: native: {command: …}"
        writing.sketch.comment(why, SERVICES, source.name, "image" if "image" in found else "build")


def _command(
    source: "ServiceSource", writing: "Writing", image: Dockerfile, folder: Path, found: Mapping[str, Any]
) -> str | list[str]:
    """Its own command where that names files of the image, with those of this machine; empty for any other."""
    written = found.get("command", "")
    words = written.split() if isinstance(written, str) else written
    mounts = [(str(one.get("source", "")), f"{one.get('target', '')}/") for one in source.service.get("volumes") or ()]
    below = [(os.path.relpath(path, folder), target) for path, target in mounts if Path(path).is_relative_to(folder)]
    if "entrypoint" in found or not any(word.startswith("/") for word in words):
        return ""
    here = programs.here(words, replace(image, copies=(*image.copies, *below)), folder)
    changed = here if here != [*words] else []
    return " ".join(changed) if isinstance(written, str) else changed


def _mounted(service: Mapping[str, Any], writing: "Writing") -> Path | None:
    """The folder of the repository that a plain image runs its command in; None if there is none."""
    inside = writing.project.plain(service.get("working_dir")).rstrip("/")
    if not inside or not (service.get("command") or service.get("entrypoint")):
        return None
    for volume in service.get("volumes") or ():
        source = Path(os.path.normpath(str(volume.get("source", ""))))
        target = str(volume.get("target", "")).rstrip("/")
        if volume.get("type") == "bind" and target and (inside == target or inside.startswith(f"{target}/")):
            found = source / inside.removeprefix(target).lstrip("/")
            is_within = contained.is_within(found, [writing.place.repository])
            return found if found.is_dir() and is_within else None
    return None
