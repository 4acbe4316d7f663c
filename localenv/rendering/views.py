"""The input of the templates: the stack in Compose's terms, with every decision already made."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from localenv.rendering import hidden, stub_server
from localenv.rendering.mounts import mounted, mounts, relative, volume_names
from localenv.rendering.places import escaped, raw_value, symbolic
from localenv.resolution import Resolution, content_variable
from localenv.stack import Build, Command, FileKind, Port, Reader, Role, Service, Stack, Template

IDENTITY = "LOCALENV_ENVIRONMENT"
_REPOSITORY = re.compile("[a-z0-9]+(?:(?:__?|-+)[a-z0-9]+)*")  # a component of an image's name
_OFF = {"disable": True}  # readiness is probed from outside, so an image's healthcheck is disabled


@dataclass(frozen=True, kw_only=True)
class Ejected:
    """Settings that only a folder without localenv needs, in Compose's terms."""

    jobs: Sequence[Mapping[str, Any]] = ()
    depends_on: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # of every service under work
    volumes: Mapping[str, Sequence[str]] = field(default_factory=dict)  # by service
    commands: Mapping[str, Command] = field(default_factory=dict)  # by service


def view(stack: Stack, folder: Path, *, ejected: Ejected | None = None) -> dict[str, Any]:
    """The input of `compose.yaml.j2`; paths in it are relative to `folder`, the location of the file."""
    resolution = symbolic(stack)
    return {
        "services": [_service(resolution, service, folder, ejected) for service in stack.services.values()],
        "jobs": list(ejected.jobs) if ejected else [],
        "volumes": _volumes(stack, ejected),
        "secrets": list(_sources(stack, FileKind.SECRET, folder)),
        "configs": list(_sources(stack, FileKind.CONFIG, folder)),
        "labels": _labels("", ejected),
    }


def image_name(stack: Stack, service: Service, tag: str = f"${{{IDENTITY}}}") -> str:
    """The name of a built image, after the first service that has this build."""
    name = f"{stack.name}-{_first(stack, service).name}"
    if not _REPOSITORY.fullmatch(name):  # Compose accepts names that Docker does not
        name = f"{re.sub('[_-]+', '-', name).strip('-')}-{sha256(name.encode()).hexdigest()[:6]}"
    return f"localenv/{name}:{tag}"


def _service(resolution: Resolution, service: Service, folder: Path, ejected: Ejected | None) -> dict[str, Any]:
    stack = resolution.stack
    raw = {key: raw_value(value) for key, value in service.compose.items()}
    raw["volumes"] = mounted(stack, service, folder)
    first = service.build is not None and _first(stack, service) is service
    volumes = [f"{volume.name}:{volume.target}" for volume in service.volumes]
    command, more = _command(resolution, service, ejected)
    own = {
        "name": service.name,
        "image": resolution.text(service.image, Reader.INSIDE) if service.image else image_name(stack, service),
        "build": _build(resolution, service, service.build, folder, ejected) if service.build and first else None,
        "shares_image": service.build is not None and not first,
        "command": command,
        "entrypoint": _argv(resolution, service.entrypoint, service.name),
        "environment": resolution.environment(service)
        | hidden.symbols(service, "environment")
        | _mapping(raw.pop("environment", {}))
        | more,
        "ports": _ports(stack, service) + list(raw.pop("ports", ())),
        "depends_on": _depends_on(service, ejected),
        "secrets": mounts(stack, service, FileKind.SECRET),
        "configs": mounts(stack, service, FileKind.CONFIG),
        "volumes": volumes + (list(ejected.volumes.get(service.name, ())) if ejected else []) + raw.pop("volumes"),
        "healthcheck": raw.pop("healthcheck", None) or _healthcheck(service, ejected),
        "stop_grace_period": raw.pop("stop_grace_period", "1s"),
        "network": _network(service),
        "labels": _shown(resolution, service, service.labels, "labels")
        | _mapping(raw.pop("labels", {}))
        | _labels(service.role, ejected),
    }
    return own | {"raw": raw}


def _volumes(stack: Stack, ejected: Ejected | None) -> list[dict[str, Any]]:
    return [{"name": name, "labels": _labels(role, ejected)} for name, role in volume_names(stack).items()]


def _first(stack: Stack, service: Service) -> Service:
    return next(other for other in stack.services.values() if other.build == service.build)


def _command(
    resolution: Resolution, service: Service, ejected: Ejected | None
) -> tuple[list[str] | None, dict[str, str]]:
    """The command, and additional environment variables for it."""
    command = ejected.commands.get(service.name, service.command) if ejected else service.command
    words = _argv(resolution, command, service.name)
    if words is None or service.role is not Role.STUBS:
        return words, {}
    return stub_server.command(service, resolution.stack.upstreams, words)


def _argv(resolution: Resolution, command: Command | None, own: str) -> list[str] | None:
    return None if command is None else list(resolution.argv(command, Reader.INSIDE, own))


def _shown(resolution: Resolution, service: Service, templates: Mapping[str, Template], *member: str) -> dict[str, str]:
    """The texts of a service's mapping, with a variable for each hidden one."""
    return resolution.mapping(templates, Reader.INSIDE, service.name) | hidden.symbols(service, *member)


def _build(
    resolution: Resolution, service: Service, build: Build, folder: Path, ejected: Ejected | None
) -> dict[str, Any]:
    keys = {
        "context": relative(build.context, folder),
        "dockerfile": escaped(os.path.relpath(build.dockerfile, build.context)) if build.dockerfile else None,
        "dockerfile_inline": escaped(build.dockerfile_inline) if build.dockerfile_inline else None,
        "target": escaped(build.target) if build.target else None,
        "args": _shown(resolution, service, build.args, "build", "args"),
        "secrets": list(build.secrets),
        "ssh": [escaped(one) for one in build.ssh],
        "additional_contexts": {
            escaped(name): relative(one, folder) if isinstance(one, Path) else escaped(one)
            for name, one in build.additional_contexts.items()
        },
        "labels": _labels("image", ejected),
    }
    return {key: value for key, value in keys.items() if value}


def _ports(stack: Stack, service: Service) -> list[str]:
    return [] if service.is_on_machine_network else [_published(stack, port) for port in service.ports]


def _published(stack: Stack, port: Port) -> str:
    here = f"${{{port.address_variable}:-127.0.0.1}}" if port.name in stack.at_own_addresses else "127.0.0.1"
    return f"{here}:${{{port.variable}:-}}:{port.entry or port.target}"


def _network(service: Service) -> dict[str, Any] | None:
    """The network settings of a service; None if it is not on the environment's network."""
    if service.is_on_machine_network:
        return None
    return {"aliases": list(service.aliases)} if service.aliases else {}


def _depends_on(service: Service, ejected: Ejected | None) -> dict[str, Any]:
    written = {dependency.name: {"condition": dependency.condition} for dependency in service.depends_on}
    return {**(ejected.depends_on if ejected and service.role == "service" else {}), **written}


def _healthcheck(service: Service, ejected: Ejected | None) -> dict[str, Any]:
    if ejected is None or not service.own_healthcheck:
        return _OFF
    test = ["CMD", *(escaped(word) for word in service.own_healthcheck)]
    return {"test": test, "start_period": "60s", "start_interval": "100ms", "interval": "5s"}


def _labels(role: str, ejected: Ejected | None) -> dict[str, str]:
    """The owner's labels: only the identity, because a changed label would recreate a container."""
    if ejected is not None:
        return {}
    prefix = "dev.localenv."
    identity = {"environment": f"${{{IDENTITY}}}", "checkout": "${LOCALENV_CHECKOUT}", "uid": "${LOCALENV_UID}"}
    return {prefix + key: text for key, text in identity.items()} | ({prefix + "role": role} if role else {})


def _sources(stack: Stack, kind: FileKind, folder: Path) -> Iterator[dict[str, Any]]:
    for file in stack.files.values():
        for name in file.halves if file.kind is kind else ():
            source = {"file": relative(file.file, folder)} if file.file else {"environment": content_variable(name)}
            yield {"name": name, "source": source}


def _mapping(value: Any) -> dict[str, Any]:
    """Convert Compose's list form `KEY=value` to a mapping."""
    return dict(value) if isinstance(value, Mapping) else dict(item.partition("=")[::2] for item in value)
