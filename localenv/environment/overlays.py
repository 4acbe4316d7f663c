"""What a repository's own fragments make of the Compose file: nothing that a description might not ask for itself."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from localenv import paths, sources
from localenv.description.files import Bounds
from localenv.description.raw import raw
from localenv.errors import DescriptionError, Position, Problem, shown
from localenv.paths import OVERLAYS
from localenv.rendering import view
from localenv.rendering.templating import render
from localenv.stack import Stack, permissions

_HERE = "127.0.0.1"
_FREE = {  # what gives a container no more than itself; of the others `permissions` knows the reasons
    "command", "configs", "container_name", "depends_on", "entrypoint", "environment", "healthcheck", "image",
    "profiles", "secrets",
}  # fmt: skip
_BUILD = {
    "additional_contexts", "args", "cache_from", "context", "dockerfile", "dockerfile_inline", "labels", "no_cache",
    "platforms", "pull", "shm_size", "target",
}  # fmt: skip
_NETWORK = {"attachable", "driver_opts", "enable_ipv4", "enable_ipv6", "internal", "ipam", "labels"}


def applied(planned: Stack, bounds: Bounds) -> Stack:
    """The stack whose services know what the fragments make of them, so that a change in that is seen.

    Raises RenderingError for fragments that cannot be rendered, and DescriptionError with all that they may not.
    """
    folder = paths.rendered(planned.folder, "any")  # as deep as where the file will lie
    values = view(planned, folder)
    plain, own = (_document(render("compose.yaml.j2", values, of)) for of in (None, planned.folder))
    checking = _Checking(folder=folder, bounds=bounds, plain=plain, own=own)
    if problems := [Problem(f"{shown(planned.folder / OVERLAYS)}: {told}", hint=hint) for told, hint in checking.all()]:
        raise DescriptionError(problems)
    changed = {
        name: sha256(repr(service).encode()).hexdigest()
        for name, service in own["services"].items()
        if service != plain["services"][name]
    }
    return replace(
        planned,
        services={name: replace(one, overlaid=changed.get(name, "")) for name, one in planned.services.items()},
    )


def _document(text: str) -> dict[str, Any]:
    try:
        document = raw(sources.parsed(text, Path(OVERLAYS)))
    except DescriptionError as error:
        lines = text.splitlines()
        raise DescriptionError([_unreadable(problem, lines) for problem in error.problems]) from error
    assert isinstance(document, dict)
    return document


def _unreadable(problem: Problem, lines: list[str]) -> Problem:
    line = lines[problem.at.line - 1 : problem.at.line] if problem.at else []
    said = f" ({line[0].strip()})" if line else ""
    return Problem(f"{OVERLAYS}: what is rendered cannot be read: {problem.message}{said}", hint=problem.hint)


_Wrong = Iterator[tuple[str, str]]  # what is wrong, and what to do


@dataclass(frozen=True, kw_only=True)
class _Checking:
    """The file as the built-in templates make it, and as the fragments do; `folder` is where it will lie."""

    folder: Path
    bounds: Bounds
    plain: Mapping[str, Any]
    own: Mapping[str, Any]

    def all(self) -> _Wrong:
        """All that the fragments may not."""
        for key in [*self.plain, *self.own]:
            if key not in ("services", "networks") and self.own.get(key) != self.plain.get(key):
                yield f"'{key}' cannot be changed", "a fragment changes services, and their network"
        if not _is_network(self.own.get("networks")):
            yield "an environment has one network, 'default', of its own", f"it may say {', '.join(sorted(_NETWORK))}"
        services = self.own.get("services")
        if not isinstance(services, dict):
            yield "no services are rendered", "each service writes itself below its name"
            return
        for name in services.keys() | self.plain["services"].keys():
            if name not in self.plain["services"]:
                yield f"unknown service '{name}'", "the description says which there are"
            elif not isinstance(services.get(name), dict):
                yield f"service '{name}' is not rendered as a mapping", "{% include 'builtin/service.yaml.j2' %} is one"
            else:
                yield from self._service(name, services[name], self.plain["services"][name])

    def _service(self, name: str, own: Mapping[str, Any], plain: Mapping[str, Any]) -> _Wrong:
        labels = own.get("labels")
        found_by = {key: text for key, text in plain["labels"].items() if key.startswith("dev.localenv.")}
        if not isinstance(labels, dict) or not found_by.items() <= labels.items():
            hint = "labels: {{ service.labels | yaml }}"
            yield f"service '{name}' lacks labels, by which it is found and removed", hint
        changed = {key: value for key, value in own.items() if value != plain.get(key)}
        known = {"build": self._build, "labels": _nothing, "networks": _networks, "ports": _ports}
        for key, check in known.items():
            if key in changed:
                yield from ((f"service '{name}' {told}", hint) for told, hint in check(changed.pop(key)))
        rest = {key: value for key, value in changed.items() if key not in _FREE}
        before = plain.get("volumes", [])
        if isinstance(rest.get("volumes"), list):
            rest["volumes"] = [self._absolute(one) for one in rest["volumes"] if one not in before]
        for asked in permissions.asked(rest):
            if asked.permission not in self.bounds.permissions:
                told = f"service '{name}' may not ask for '{asked.permission}'"
                yield (
                    f"{told}: {asked.reason}" if asked.reason else told,
                    self.bounds.allowing("permissions", asked.permission) if asked.reason else "",
                )
        for source in map(Path, filter(None, map(permissions.bound, rest.get("volumes") or ()))):
            if not permissions.leads_to_docker(source):
                yield from ((f"service '{name}' mounts a path: {told}", hint) for told, hint in self._path(source))

    def _build(self, build: Any) -> _Wrong:
        told = build if isinstance(build, dict) else {"context": build}
        if unknown := sorted(told.keys() - _BUILD):
            yield f"may not say '{unknown[0]}' of its build", f"it may say {', '.join(sorted(_BUILD))}"
        more = told.get("additional_contexts") or {}
        for path in (told.get("context"), *(more.values() if isinstance(more, dict) else more)):
            yield from self._path(Path(os.path.normpath(self.folder / str(path))))

    def _path(self, path: Path) -> _Wrong:
        if "$" in str(path):
            yield f"has a path with a variable in it: {path}", "write the path itself"
        elif problem := self.bounds.problem(path, Position(path), "path"):
            yield problem.message, problem.hint

    def _absolute(self, volume: Any) -> Any:
        source = permissions.bound(volume)
        if source is None:
            return volume
        path = os.path.normpath(self.folder / Path(source).expanduser())
        return {**volume, "source": path} if isinstance(volume, dict) else f"{path}:{str(volume).partition(':')[2]}"


def _nothing(labels: Any) -> _Wrong:
    yield from ()


def _ports(ports: Any) -> _Wrong:
    for port in ports if isinstance(ports, list) else [ports]:
        host = port.get("host_ip") if isinstance(port, dict) else str(port).partition(":")[0]
        if host != _HERE:
            yield f"publishes {port}", f"ports are published on {_HERE} only"


def _networks(networks: Any) -> _Wrong:
    if set(networks or ()) - {"default"}:
        yield "is on another network", "an environment has one network, 'default', of its own"


def _is_network(networks: Any) -> bool:
    if not isinstance(networks, dict) or set(networks) != {"default"}:
        return False
    return isinstance(networks["default"], dict) and networks["default"].keys() <= _NETWORK
