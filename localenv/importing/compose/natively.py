"""The `native:` part of a service of a Compose file, as far as it is known how its program runs without Docker."""

import os
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from localenv.host import contained
from localenv.importing import image_environment, programs, reading
from localenv.importing.compose import builds
from localenv.importing.dockerfile import Dockerfile, entrypoint_file
from localenv.importing.native import native
from localenv.importing.targets import SERVICES

_INTERPRETED = ("", "python", "node", "ruby")
_OF_IMAGES = re.compile(r"\b(gosu|su-exec|chown|apt-get|apk)\b|(?<![\w.$}/])/(app|code|srv|opt|home|usr/src)/")
_SHELLS = ("sh", "bash", "/bin/sh", "/bin/bash")

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
        elif has_command and program.language not in _INTERPRETED and _is_built(found, folder):
            document["command"] = program.command
            why = "not certain: the program that its image builds"
            writing.sketch.comment(why, SERVICES, source.name, "native", "command")
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
    if "entrypoint" in found or not written:
        return ""
    here = programs.here(words, replace(image, copies=(*image.copies, *below)), folder)
    before = _script(image, folder)
    changed = [*before, *here] if before or here != [*words] else []
    return " ".join(changed) if isinstance(written, str) else changed


def _script(image: Dockerfile, folder: Path) -> list[str]:
    """The script of the folder that is the entrypoint of the image, and runs its command; empty for any other."""
    file = "" if image.is_entrypoint_shell else entrypoint_file(image, folder)
    words = [*image.entrypoint]
    at = next((n for n, word in enumerate(words) if word.rpartition("/")[2] == file.rpartition("/")[2]), -1)
    if not file or at < 0 or _OF_IMAGES.search(reading.text(folder / file).partition("\n")[2]):
        return []
    shown = os.path.relpath(folder / file, programs.working_folder(image, folder))
    named = [shown if "/" in shown else f"./{shown}", *words[at + 1 :]]
    shell = words[at - 1] if at and words[at - 1] in _SHELLS else ""
    if not shell and not os.access(folder / file, os.X_OK):
        shell = "bash" if "bash" in reading.head(folder / file).partition("\n")[0] else "sh"
    return [shell.rpartition("/")[2], *named] if shell else named


def _is_built(found: Mapping[str, Any], folder: Path) -> bool:
    """Whether a command starts a program of the image that is not a file of the folder."""
    written = found.get("command") or found.get("entrypoint") or ""
    words = written.split() if isinstance(written, str) else written
    return any(word.startswith(("./", "/")) and not (folder / word.lstrip("./")).exists() for word in words)


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
