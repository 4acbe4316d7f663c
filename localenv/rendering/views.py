"""The input of the templates: the stack in Compose's terms, with every decision already made."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any

from localenv.rendering import hidden, logins
from localenv.resolution import Resolution, content_variable
from localenv.stack import Build, Command, File, FileKind, Job, Port, Reader, Role, Service, Stack, Template

IDENTITY = "LOCALENV_ENVIRONMENT"
STEPS = "/localenv/repository"  # mount path of the repository for a step in a need's image
_REPOSITORY = re.compile("[a-z0-9]+(?:(?:__?|-+)[a-z0-9]+)*")  # a component of an image's name
_OFF = {"disable": True}  # readiness is probed from outside, so an image's healthcheck is disabled


@dataclass(frozen=True, kw_only=True)
class Ejected:
    """Settings that only a folder without localenv needs, in Compose's terms."""

    jobs: Sequence[Mapping[str, Any]] = ()
    depends_on: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # of every service under work
    volumes: Mapping[str, Sequence[str]] = field(default_factory=dict)  # by service
    commands: Mapping[str, Command] = field(default_factory=dict)  # by service


@dataclass(frozen=True, kw_only=True)
class SymbolicPlace:
    """Addresses in a rendered file: names inside, variables for published ports."""

    stack: Stack

    @property
    def marks_requests(self) -> bool:
        """Requests are not marked: upstreams are distinguished by name."""
        return False

    def bind(self, name: str) -> str:
        """Every interface: ports of a container are published only on 127.0.0.1."""
        return "0.0.0.0"  # noqa: S104

    def address(self, reader: Reader, name: str) -> tuple[str, str]:
        """`db:5432` inside, `127.0.0.1:${DB_PORT}` on this machine."""
        port = self.stack.ports[name]
        if reader is Reader.MACHINE:
            here = f"${{{port.address_variable}}}" if name in self.stack.at_own_addresses else "127.0.0.1"
            return here, f"${{{port.variable}}}"
        return inside(self.stack, name)

    def path(self, reader: Reader, file: str) -> str:
        """The path of secrets in Compose, and configs beside them."""
        return container_path(self.stack.files[file.removesuffix(".pub")].kind, file)


def inside(stack: Stack, name: str) -> tuple[str, str]:
    """Host and port on the environment's network: the host of `api.metrics` is `api`."""
    service = stack.services[stack.listeners[name]]
    return service.name if service.role is Role.SERVICE else name, str(stack.ports[name].target)


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


def symbolic(stack: Stack) -> Resolution:
    """References in a rendered file, with a variable for each value that is secret or not known yet."""
    return Resolution(stack=stack, place=SymbolicPlace(stack=stack), value=lambda name: f"${{{name}}}", literal=escaped)


def escaped(text: str) -> str:
    """A text with `$` escaped for Compose."""
    return text.replace("$", "$$")


def raw_value(value: Any) -> Any:
    """A value of a raw key with `$` escaped for Compose."""
    match value:
        case str():
            return escaped(value)
        case Mapping():
            return {key: raw_value(item) for key, item in value.items()}
        case list() | tuple():
            return [raw_value(item) for item in value]
        case _:
            return value


def container_path(kind: FileKind, name: str) -> str:
    """The path of a secret or config in a container."""
    return f"/run/{kind}s/{name}"


def file_names(stack: Stack, owner: Service | Job) -> list[str]:
    """The secrets and configs of a service or job; a public half is `NAME.pub`, and alone if only it is named."""
    halves = {name: _halves(stack.files[name]) for name in owner.files}
    return [half for name, found in halves.items() for half in (found[1:] if name in owner.public else found)]


def _halves(file: File) -> tuple[str, ...]:
    return (file.name, f"{file.name}.pub") if file.is_pair else (file.name,)


def image_name(stack: Stack, service: Service, tag: str = f"${{{IDENTITY}}}") -> str:
    """The name of a built image, after the first service that has this build."""
    name = f"{stack.name}-{_first(stack, service).name}"
    if not _REPOSITORY.fullmatch(name):  # Compose accepts names that Docker does not
        name = f"{re.sub('[_-]+', '-', name).strip('-')}-{sha256(name.encode()).hexdigest()[:6]}"
    return f"localenv/{name}:{tag}"


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


def _volumes(stack: Stack, ejected: Ejected | None) -> list[dict[str, Any]]:
    return [{"name": name, "labels": _labels(role, ejected)} for name, role in volume_names(stack).items()]


def _named(volume: Any) -> str:
    """The name of a raw volume; empty for a folder or an anonymous volume."""
    if isinstance(volume, Mapping):
        return str(volume.get("source", "")) if volume.get("type") == "volume" else ""
    source, colon, _ = str(volume).partition(":")
    return source if colon and not source.startswith(("/", ".", "~")) else ""


def _first(stack: Stack, service: Service) -> Service:
    return next(other for other in stack.services.values() if other.build == service.build)


def _command(
    resolution: Resolution, service: Service, ejected: Ejected | None
) -> tuple[list[str] | None, dict[str, str]]:
    """The command, and additional environment variables for it."""
    command = ejected.commands.get(service.name, service.command) if ejected else service.command
    words = _argv(resolution, command, service.name)
    return logins.hidden(words) if words and service.role is Role.STUBS else (words, {})


def _argv(resolution: Resolution, command: Command | None, own: str) -> list[str] | None:
    return None if command is None else list(resolution.argv(command, Reader.INSIDE, own))


def _shown(resolution: Resolution, service: Service, templates: Mapping[str, Template], *member: str) -> dict[str, str]:
    """The texts of a service's mapping, with a variable for each hidden one."""
    return resolution.mapping(templates, Reader.INSIDE, service.name) | hidden.symbols(service, *member)


def _build(
    resolution: Resolution, service: Service, build: Build, folder: Path, ejected: Ejected | None
) -> dict[str, Any]:
    said = {
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
    return {key: value for key, value in said.items() if value}


def _ports(stack: Stack, service: Service) -> list[str]:
    return [] if service.is_on_machine_network else [_published(stack, port) for port in service.ports]


def _published(stack: Stack, port: Port) -> str:
    here = f"${{{port.address_variable}:-127.0.0.1}}" if port.name in stack.at_own_addresses else "127.0.0.1"
    return f"{here}:${{{port.variable}:-}}:{port.target}"


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
        for name in _halves(file) if file.kind is kind else ():
            source = {"file": relative(file.file, folder)} if file.file else {"environment": content_variable(name)}
            yield {"name": name, "source": source}


def _mapping(value: Any) -> dict[str, Any]:
    """Convert Compose's list form `KEY=value` to a mapping."""
    return dict(value) if isinstance(value, Mapping) else dict(item.partition("=")[::2] for item in value)


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
