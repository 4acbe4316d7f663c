"""Resolve the paths that containers mount or watch, when they are checked, so that later changes are detected.

A container that mounts the repository can replace a folder by a symbolic link to another place, which the next start
would mount.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localenv import paths
from localenv.description.files import Bounds
from localenv.errors import DescriptionError, shown
from localenv.errors.problems import Problem
from localenv.stack import Stack, permissions

_NEVER = ("no", "none", "", None, False)  # restart policies that never restart


@dataclass(frozen=True, kw_only=True)
class Mount:
    """A folder or file of this machine that is mounted into a service, or copied into it when it changes."""

    service: str
    path: Path
    is_writable: bool
    how: str = "mounts"

    @property
    def real(self) -> Path:
        """The resolved path."""
        return Path(os.path.realpath(self.path))


def checked(planned: Stack, bounds: Bounds, services: Mapping[str, Mapping[str, Any]] | None = None) -> dict[str, str]:
    """Resolve every path that services mount, build from or read; `services` in Compose's format.

    Raises DescriptionError for paths outside of the bounds, and for mounts whose target could change before Docker
    restarts a service by itself.
    """
    raw = services or {name: service.compose for name, service in planned.services.items()}
    found = [mount for name, service in raw.items() for mount in _mounts(name, service, planned)]
    folder = paths.project(planned.folder, "any")
    copied = [(name, path) for name, service in raw.items() for path in watched(service, folder)]
    watches = [Mount(service=name, path=path, is_writable=False, how="watches") for name, path in copied]
    problems = [*_outside([*found, *watches], bounds), *_exchangeable(found, raw)]
    if problems:
        raise DescriptionError(problems)
    builds = [path for service in raw.values() for path in built(service.get("build"), folder)]
    read = (*(mount.path for mount in found), *builds, *_read(planned))
    return {str(path): os.path.realpath(path) for path in read}


def watched(service: Mapping[str, Any], folder: Path) -> Iterator[Path]:
    """The paths of `develop.watch`, for Compose alone: an ejected file can be used with `docker compose watch`."""
    develop = service.get("develop")
    rules = develop.get("watch") if isinstance(develop, Mapping) else None
    for rule in rules if isinstance(rules, list | tuple) else ():
        if isinstance(rule, Mapping) and isinstance(path := rule.get("path"), str):
            yield _below(folder, path)


def built(build: Any, folder: Path) -> Iterator[Path]:
    """The folders that a `build` in Compose's format reads, and its Dockerfile; `folder` is that of the file."""
    context, *more = contexts(build)
    if context is None:
        return
    yield from (_below(folder, path) for path in (context, *more))
    if isinstance(build, Mapping) and build.get("dockerfile"):
        yield _below(_below(folder, context), build["dockerfile"])


def contexts(build: Any) -> list[Any]:
    """The context of a `build` in Compose's format, None if it has none, and its additional ones, as written."""
    if not isinstance(build, Mapping):
        return [build]
    more = build.get("additional_contexts") or ()
    if isinstance(more, Mapping):
        return [build.get("context"), *more.values()]
    listed = more if isinstance(more, list | tuple) else [more]
    return [build.get("context"), *(str(one).partition("=")[2] for one in listed)]


def _below(folder: Path, path: Any) -> Path:
    return Path(os.path.normpath(folder / Path(str(path).replace("$$", "$")).expanduser()))


def _mounts(name: str, service: Mapping[str, Any], planned: Stack) -> Iterator[Mount]:
    for volume in service.get("volumes") or ():
        source = permissions.bound(volume)
        if source is not None:
            source_path = Path(source.replace("$$", "$")).expanduser()
            path = Path(os.path.normpath(paths.project(planned.folder, "any") / source_path))
            yield Mount(service=name, path=path, is_writable=not _is_read_only(volume))


def _is_read_only(volume: Any) -> bool:
    if isinstance(volume, Mapping):
        return volume.get("read_only") is True
    _, _, options = str(volume).partition(":")[2].partition(":")
    return "ro" in options.split(",")


def _read(planned: Stack) -> Iterator[Path]:
    """Build contexts, files of secrets and configs, and files that fill needs."""
    for service in planned.services.values():
        if service.build:
            yield service.build.context
            yield from service.build.folders
            yield from [service.build.dockerfile] if service.build.dockerfile else []
    yield from (file.file for file in planned.files.values() if file.file)
    for job in planned.jobs:
        yield from [job.file] if job.file else []
        yield from [job.at.file.parent] if job.at else []  # visible to a step in a need's image


def _outside(mounts: list[Mount], bounds: Bounds) -> Iterator[Problem]:
    for mount in mounts:
        if not bounds.contain(mount.real) and not permissions.leads_to_docker(mount.path):
            yield Problem(f"service '{mount.service}' {mount.how} {shown(mount.path)}, which leads to {mount.real}")
        for own, variable in {**paths.movable(), paths.config().parent: "XDG_CONFIG_HOME"}.items():
            if _touch(mount.real, own.resolve()) and mount.real.is_relative_to(bounds.repository.resolve()):
                message = f"service '{mount.service}' {mount.how} {shown(mount.path)}, which holds localenv's own files"
                yield Problem(message, hint=f"let {variable} name a folder outside the repository")


def _touch(one: Path, other: Path) -> bool:
    return one.is_relative_to(other) or other.is_relative_to(one)


def _exchangeable(mounts: list[Mount], services: Mapping[str, Mapping[str, Any]]) -> Iterator[Problem]:
    for mount in mounts:
        above = [one for one in mounts if one.is_writable and one.real in mount.real.parents]
        if above and _restarts(services[mount.service]):
            yield Problem(
                f"service '{mount.service}' is started again by Docker and mounts {shown(mount.path)}, which "
                f"'{above[0].service}' could replace by a link to anywhere: it mounts {shown(above[0].path)}",
                hint="leave out `restart`, or mount the outer folder read-only (:ro)",
            )


def _restarts(service: Mapping[str, Any]) -> bool:
    deploy: Any = service.get("deploy") or {}
    policy: Any = deploy.get("restart_policy") if isinstance(deploy, Mapping) else None
    condition = policy.get("condition", "any") if isinstance(policy, Mapping) else None
    return service.get("restart") not in _NEVER or condition not in _NEVER
