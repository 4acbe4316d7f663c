"""What a rendered file mounts: secrets and configs, volumes, and folders of the repository."""

import os
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from localenv.rendering.places import container_path, escaped, raw_value
from localenv.stack import FileKind, Job, Role, Service, Stack

STEPS = "/localenv/repository"  # mount path of the repository for a step in a need's image


def file_names(stack: Stack, owner: Service | Job) -> list[str]:
    """The secrets and configs of a service or job; a public half is `NAME.pub`, and alone if only it is named."""
    halves = {name: stack.files[name].halves for name in owner.files}
    return [half for name, found in halves.items() for half in (found[1:] if name in owner.public else found)]


def mounts(stack: Stack, owner: Service | Job, kind: FileKind) -> list[dict[str, Any]]:
    """The mounts of secrets or configs: readable for any user of the service, and for no other service."""
    names = [name for name in file_names(stack, owner) if stack.files[name.removesuffix(".pub")].kind is kind]
    return [{"source": name, "target": container_path(kind, name), "mode": 0o444} for name in names]


def step_folder(job: Job, repository: Path) -> tuple[Path, str]:
    """The folder mounted for a step in a need's image, and its working directory: the folder of the description."""
    assert job.at is not None
    folder = job.at.file.parent
    if not folder.is_relative_to(repository):
        return folder, STEPS
    return repository, str(PurePosixPath(STEPS, folder.relative_to(repository)))


def relative(path: Path, folder: Path) -> str:
    """A path relative to `folder`."""
    text = escaped(os.path.relpath(path, folder))
    return text if text.startswith(".") else f"./{text}"


def mounted(stack: Stack, service: Service, folder: Path) -> list[Any]:
    """The mounts of raw keys, relative to a file in `folder`."""
    return [raw_value(_mount(volume, stack.folder, folder)) for volume in service.compose.get("volumes", ())]


def volume_names(stack: Stack) -> dict[str, Role]:
    """Named volumes with the role of their owner; only a need's outlive the environment."""
    services = stack.services.values()
    raw = {name for service in services for name in named_volumes(service)}
    kept = {volume.name for service in services for volume in service.volumes}
    return dict.fromkeys(sorted(raw), Role.SERVICE) | dict.fromkeys(sorted(kept), Role.NEED)


def named_volumes(service: Service) -> list[str]:
    """The names of volumes in raw keys."""
    return [name for name in map(_named, service.compose.get("volumes", ())) if name]


def _named(volume: Any) -> str:
    """The name of a raw volume; empty for a folder or an anonymous volume."""
    if isinstance(volume, Mapping):
        return str(volume.get("source", "")) if volume.get("type") == "volume" else ""
    source, colon, _ = str(volume).partition(":")
    return source if colon and not source.startswith(("/", ".", "~")) else ""


def _mount(volume: Any, repository: Path, folder: Path) -> Any:
    """A raw volume; a folder of the repository becomes relative to `folder`, wherever the repository is."""
    source, colon, target = str(volume).partition(":")
    if isinstance(volume, Mapping) and volume.get("type") == "bind" and "source" in volume:
        return {**volume, "source": _beside(volume["source"], repository, folder)}
    if isinstance(volume, str) and colon:
        return f"{_beside(source, repository, folder)}:{target}"
    return volume


def _beside(source: str, repository: Path, folder: Path) -> str:
    inside = Path(source).is_absolute() and Path(source).is_relative_to(repository)
    return f"./{os.path.relpath(source, folder)}" if inside else source
