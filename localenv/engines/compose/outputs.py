"""Keep the files that a job writes outside of mounts, such as those of `collectstatic`, for its service's containers.

The native engine shares a folder between a job and its service. A job's container is removed when it has run, and its
files with it.
"""

import json
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import docker

from localenv import paths
from localenv.engines import Deployment
from localenv.engines.compose import ownership
from localenv.host import files
from localenv.stack import Job, Role, Service, Stack, Stage

_INDEX = "index.json"
_DELETED = 2  # in Docker's list of what differs in a container: 0 changed, 1 added
_ADDED = 1
# temporary files and caches of programs, and where secrets are put; `/root` is the home in most images
_NOT_KEPT = ("/tmp", "/var/tmp", "/run", "/var/run", "/var/cache", "/var/log", "/root/.cache", "/root/.config")  # noqa: S108
_NOT_KEPT_NAMES = frozenset({"__pycache__", ".cache", ".npm"})


@dataclass(frozen=True, kw_only=True)
class _Written:
    """One file or folder: an archive, and the existing folder in the image to extract it to."""

    archive: Path
    folder: str


def is_kept(stack: Stack, job: Job) -> bool:
    """Whether a job may write files for its service: jobs that fill needs, or run in one, write into the need."""
    return job.stage is Stage.JOB and job.service not in stack.needs


def keep(client: docker.DockerClient, container: str, deployment: Deployment, job: Job) -> None:
    """Keep what a job has written, replacing its earlier output; running containers get it at once."""
    room = paths.written(deployment.identity, job.name)
    shutil.rmtree(room, ignore_errors=True)
    found = _roots(client.api.diff(container) or (), _mounted(client, container))
    if not found:
        return
    room.mkdir(parents=True, mode=0o700)
    index: dict[str, str] = {}
    for number, path in enumerate(found):
        content, _ = client.api.get_archive(container, path)
        with (room / f"{number}.tar").open("wb") as archive:
            archive.writelines(content)
        index[f"{number}.tar"] = str(PurePosixPath(path).parent)
    files.write(room / _INDEX, json.dumps(index))
    put(client, deployment, [one.name for one in _alike(deployment.stack, job)], of=[job])


def wanting(deployment: Deployment, names: Iterable[str]) -> list[str]:
    """The services that have files from jobs."""
    stack = deployment.stack
    written = [job for job in stack.jobs if paths.written(deployment.identity, job.name).is_dir()]
    of_jobs = {one.name for job in written for one in _alike(stack, job)}
    return [name for name in names if name in of_jobs]


def put(
    client: docker.DockerClient, deployment: Deployment, names: Sequence[str], of: Sequence[Job] | None = None
) -> None:
    """Copy the files from jobs into the existing containers of these services."""
    for name in names:
        labels = [*ownership.mine(deployment.identity)["label"], f"{ownership.SERVICE}={name}"]
        for entry in client.api.containers(all=True, filters={"label": labels}):
            for job in deployment.stack.jobs if of is None else of:
                if name in {one.name for one in _alike(deployment.stack, job)}:
                    _put(client, entry["Id"], paths.written(deployment.identity, job.name))


def _put(client: docker.DockerClient, container: str, room: Path) -> None:
    for one in _written(room):
        with one.archive.open("rb") as content, suppress(docker.errors.NotFound):  # a changed image has no such folder
            client.api.put_archive(container, one.folder, content)


def _written(room: Path) -> Iterator[_Written]:
    for name, folder in files.read_json(room / _INDEX).items():
        yield _Written(archive=room / name, folder=folder)


def _alike(stack: Stack, job: Job) -> list[Service]:
    """The services that would share a folder natively: the job's service, and those with the same build."""
    own = stack.services.get(job.service)
    if own is None or own.role is not Role.SERVICE:
        return []
    same = (one for one in stack.of(Role.SERVICE) if one.name == own.name or (own.build and one.build == own.build))
    return [one for one in same if not one.compose.get("read_only")]


def _mounted(client: docker.DockerClient, container: str) -> list[PurePosixPath]:
    """The targets of mounts, which Docker lists as folders that were added; their content is not the container's."""
    details = client.api.inspect_container(container)
    targets = (*(one["Destination"] for one in details["Mounts"]), *(details["HostConfig"].get("Tmpfs") or ()))
    return [PurePosixPath(target) for target in targets]


def _roots(changes: Iterable[Any], mounted: Sequence[PurePosixPath]) -> list[str]:
    """Written files; for a new folder without a mount in it, the folder instead of its files."""
    changed = {change["Path"]: change["Kind"] for change in changes if change["Kind"] != _DELETED}
    kept = {path: kind for path, kind in changed.items() if _is_kept(PurePosixPath(path), mounted)}
    parents = {str(parent) for path in changed for parent in PurePosixPath(path).parents}
    found = [path for path, kind in kept.items() if kind == _ADDED or path not in parents]
    made = {path for path in found if kept[path] == _ADDED}
    return sorted(path for path in found if not made.intersection(map(str, PurePosixPath(path).parents)))


def _is_kept(path: PurePosixPath, mounted: Iterable[PurePosixPath]) -> bool:
    if any(target.is_relative_to(path) for target in mounted):
        return False
    is_own = any(path.is_relative_to(place) for place in _NOT_KEPT) or not _NOT_KEPT_NAMES.isdisjoint(path.parts)
    return not is_own and path.suffix != ".pyc"
