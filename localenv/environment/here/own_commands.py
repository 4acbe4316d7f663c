"""A service's own command, as it runs on this machine in place of the service."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from localenv import state
from localenv.engines import here
from localenv.environment.here import forwarding
from localenv.errors import UsageError
from localenv.importing import dockerfile, native, programs
from localenv.process import Invocation
from localenv.stack import Command, Reader, Service, references

if TYPE_CHECKING:
    from localenv.environment.handle import Environment


def argv(environment: "Environment", service: Service) -> tuple[str, ...]:
    """The command in the description, or of the image, with the ports that it has on this machine; may be empty."""
    record = state.load(environment.identity) or environment.record
    taken = record.here.get(service.name)
    local = taken.ports if taken else forwarding.free_ports(environment.deployment, service)
    resolution = here.resolution(environment.deployment, local)
    return resolution.argv(service.local_command or of_image(service), Reader.INSIDE, service.name)


def of_image(service: Service) -> Command:
    """The command of the Dockerfile that a service is built from, for its build context here; empty if unknown."""
    build = service.build
    image = dockerfile.read(build.file, build.target or "") if build and build.file and build.file.is_file() else None
    program = programs.of(build.context, image) if build and image else None
    if program is None or program.folder is not None:
        return ()
    part = native.native(program, service.port.target if service.port else None, has_command=False)
    written = part.document.get("command", ()) if part else ()
    if isinstance(written, str):
        return references.split(references.parse(written))
    return tuple(references.parse(word) for word in written)


def invocation(environment: "Environment", service: Service) -> Invocation:
    """The command in its folder; raises UsageError if there is none."""
    words = argv(environment, service)
    if not words:
        hint = f"localenv run --as {service.name} --in-place -- CMD"
        raise UsageError(f"{service.name} has no command in its description or Dockerfile", hint=hint)
    found = environment.engine.commands.outside(environment.deployment, service.name, words)
    if found.environment is not None:
        return found
    variables, first = dict(os.environ), [*_virtual(found.folder or Path.cwd(), _top(environment, service))]
    if not first and _has_steps(service):
        prepared = here.prepared(environment.deployment, service)
        variables |= prepared.environment
        first, found = [*prepared.path], replace(found, folder=prepared.folder)
    variables["PATH"] = os.pathsep.join([*map(str, first), variables.get("PATH", os.defpath)])
    return replace(found, environment=variables)


def is_prepared(environment: "Environment", service: Service) -> bool:
    """Whether the command can run here at once: `invocation` prepares what is missing."""
    is_ready = not _has_steps(service) or any(_virtual(service.folder, _top(environment, service)))
    return is_ready or not here.due(environment.deployment, service)


def _has_steps(service: Service) -> bool:
    return bool(service.native and service.native.setup)


def _top(environment: "Environment", service: Service) -> Path:
    """Up to where a virtual environment is the service's: its own folder, if `native.setup` installs its packages."""
    return service.folder if _has_steps(service) else environment.stack.folder


def _virtual(folder: Path, repository: Path) -> Iterator[Path]:
    """The programs of a virtual environment in a folder, or in one above it up to the repository."""
    for place in (folder, *folder.parents):
        for name in (".venv", "venv"):
            if (place / name / "bin" / "python").exists():
                yield place / name / "bin"
                return
        if place == repository:
            return
