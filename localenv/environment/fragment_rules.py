"""Limit what a repository's fragments may change in the Compose file: no more than a description could request."""

import os
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from localenv.description.files import Bounds
from localenv.environment import mounts
from localenv.errors.problems import Position
from localenv.rendering import document
from localenv.stack import permissions

_HERE = "127.0.0.1"
_FREE = {  # keys that grant a container no extra access; `permissions` lists the reasons for the others
    "command", "configs", "container_name", "depends_on", "entrypoint", "environment", "healthcheck", "image",
    "profiles", "secrets",
}  # fmt: skip
_BUILD = {
    "additional_contexts", "args", "cache_from", "context", "dockerfile", "dockerfile_inline", "labels", "no_cache",
    "platforms", "pull", "secrets", "shm_size",
    "target",
}  # fmt: skip
_BUILD_TEXTS = {"args", "labels", "dockerfile_inline"}  # where variables of the built-in templates are harmless
_OWN_IMAGES = "localenv/"
_SHORT = re.compile(r"(?:[./~][^:]*:|[A-Za-z0-9][A-Za-z0-9_.-]+:)?/[^:]*(?::[a-zA-Z,_]+)?")  # SOURCE:TARGET:OPTIONS
_NO_VARIABLES = (
    "write $$ for a $ that a program gets; a value of this machine comes through ${env.NAME} of the description"
)
_NETWORK_OPTIONS = {"com.docker.network.driver.mtu"}
_NETWORK = {"attachable", "driver_opts", "enable_ipv4", "enable_ipv6", "internal", "ipam", "labels"}


_KNOWN = {"build", "labels", "networks", "ports"}  # keys with their own rule

_Wrong = Iterator[tuple[str, str]]  # problem, fix


@dataclass(frozen=True, kw_only=True)
class Rules:
    """Compares the file of the built-in templates with that of the fragments; `folder` is its final location."""

    folder: Path
    bounds: Bounds
    plain: Mapping[str, Any]
    own: Mapping[str, Any]
    published: Collection[str]  # placeholders of published ports

    def broken(self) -> _Wrong:
        """Every violation by the fragments."""
        for key in [*self.plain, *self.own]:
            if key not in ("services", "networks") and self.own.get(key) != self.plain.get(key):
                yield f"'{key}' cannot be changed", "fragments may change services and their network"
        yield from _network(self.own.get("networks"), self.plain["networks"]["default"]["labels"])
        for variable in dict.fromkeys(document.variables(self.own)):
            if variable not in self._known_variables:
                yield f"Compose would read a variable: {variable}", _NO_VARIABLES
        services = self.own.get("services")
        if not isinstance(services, dict):
            yield "no services are rendered", "render each service below its name"
            return
        for name in services.keys() | self.plain["services"].keys():
            if name not in self.plain["services"]:
                yield f"unknown service '{name}'", "only services of the description are allowed"
            elif not isinstance(services.get(name), dict):
                yield f"service '{name}' is not rendered as a mapping", "{% include 'builtin/service.yaml.j2' %} is one"
            else:
                yield from self._service(name, services[name], self.plain["services"][name])

    def _service(self, name: str, own: Mapping[str, Any], plain: Mapping[str, Any]) -> _Wrong:
        if not _has_labels(own, plain.get("labels", {})):
            hint = "labels: {{ service.labels | yaml }}"
            yield f"service '{name}' needs its labels; localenv finds and removes it by them", hint
        yield from ((f"service '{name}' {problem}", hint) for problem, hint in self._known(own, plain))
        yield from ((f"service '{name}' {problem}", hint) for problem, hint in _without_values(own))
        changed = {key: value for key, value in own.items() if value != plain.get(key) and key not in _KNOWN}
        rest = {key: value for key, value in changed.items() if key not in _FREE}
        if not isinstance(rest.get("volumes") or [], list):
            yield f"service '{name}' has invalid volumes: {rest.pop('volumes')}", "volumes are a list"
        elif rest.get("volumes"):
            added = [one for one in rest["volumes"] if one not in plain.get("volumes", [])]
            yield from ((f"service '{name}' {problem}", hint) for problem, hint in _volumes(added))
            rest["volumes"] = [self._absolute(one) for one in added]
        for asked in permissions.asked(rest):
            if asked.permission not in self.bounds.permissions:
                problem = f"service '{name}' may not use '{asked.permission}'"
                yield (
                    f"{problem}: {asked.reason}" if asked.reason else problem,
                    self.bounds.allowing("permissions", asked.permission) if asked.reason else "",
                )
        for source in map(Path, filter(None, map(permissions.bound, rest.get("volumes") or ()))):
            if not permissions.leads_to_docker(source):
                yield from ((f"service '{name}' mounts a path: {why}", hint) for why, hint in self._path(source))
        for path in mounts.watched(rest, self.folder):
            yield from ((f"service '{name}' watches a path: {why}", hint) for why, hint in self._path(path))

    def _known(self, own: Mapping[str, Any], plain: Mapping[str, Any]) -> _Wrong:
        """Check keys of a known shape, and variables outside of texts for programs."""
        changed = {key: value for key, value in own.items() if value != plain.get(key)}
        if own.get("build") and not str(own.get("image", _OWN_IMAGES)).startswith(_OWN_IMAGES):
            yield "would be built as an image of another's name", "leave `image` to {{ service.image | yaml }}"
        for key, value in changed.items():
            if key not in (*_FREE, "labels", "ports", "build") and any(document.variables(value)):
                yield f"has a variable in '{key}'", _NO_VARIABLES
        for key, check in {"build": self._build, "networks": _networks, "ports": self._ports}.items():
            if key in changed:
                yield from check(_apart(changed[key], plain.get(key)) if key == "ports" else changed[key])

    def _build(self, build: Any) -> _Wrong:
        given = build if isinstance(build, dict) else {"context": build}
        if unknown := sorted(given.keys() - _BUILD):
            yield f"may not use '{unknown[0]}' in its build", f"allowed: {', '.join(sorted(_BUILD))}"
        if any(document.variables({key: value for key, value in given.items() if key not in _BUILD_TEXTS})):
            yield "has a variable in its build", _NO_VARIABLES
        for written in mounts.contexts(given):
            if not str(written).startswith(("/", ".")):  # `git@…` and `oci-layout://…` are no paths for the builder
                yield f"builds from {written}, which is not a path", "write a path that starts with ./ or ../"
        for path in mounts.built(given, self.folder):
            yield from self._path(path)
        cached = given.get("cache_from") or []
        for source in cached if isinstance(cached, list) else [cached]:
            if "=" in str(source):
                yield f"takes its cache from {source}", "cache_from: names images"

    def _ports(self, ports: Any) -> _Wrong:
        for port in ports if isinstance(ports, list) else [ports]:
            host = port.get("host_ip") if isinstance(port, dict) else str(port).partition(":")[0]
            if host != _HERE:
                yield f"publishes {port}", f"ports are published on {_HERE} only"
            if not set(document.variables(port)) <= set(self.published):
                yield f"has a variable in the port {port}", _NO_VARIABLES

    @cached_property
    def _known_variables(self) -> set[str]:
        """The variables of the built-in templates."""
        return set(document.variables(self.plain))

    def _path(self, path: Path) -> _Wrong:
        if "$" in str(path):
            yield f"has a path with a variable in it: {path}", "write the path"
        elif problem := self.bounds.problem(path, Position(path), "path"):
            yield problem.message, problem.hint

    def _absolute(self, volume: Any) -> Any:
        source = permissions.bound(volume)
        if source is None:
            return volume
        path = os.path.normpath(self.folder / Path(source).expanduser())
        return {**volume, "source": path} if isinstance(volume, dict) else f"{path}:{str(volume).partition(':')[2]}"


def _without_values(service: Mapping[str, Any]) -> _Wrong:
    """Names for which Compose would take the values of this machine's variables."""
    build = service.get("build")
    args = build.get("args") if isinstance(build, dict) else None
    for key, given in (("environment", service.get("environment")), ("build.args", args)):
        if isinstance(given, dict):
            bare = [str(name) for name, value in given.items() if value is None]
        else:
            bare = [str(one) for one in given if "=" not in str(one)] if isinstance(given, list) else []
        yield from ((f"has no value for '{name}' in '{key}'", _NO_VARIABLES) for name in bare)


def _apart(ports: Any, plain: Any) -> Any:
    """Ports published in addition to those of the built-in templates."""
    return [one for one in ports if one not in (plain or ())] if isinstance(ports, list) else ports


def _networks(networks: Any) -> _Wrong:
    named = networks if isinstance(networks, dict | list) else [networks]
    if any(name not in ("default", None) for name in named):
        yield "is on another network", "an environment has exactly one network, 'default'"


def _volumes(volumes: list[Any]) -> _Wrong:
    """Accept only volume forms that every parser reads the same way."""
    for volume in volumes:
        if isinstance(volume, dict):
            source, kind = volume.get("source"), volume.get("type")
            if kind not in permissions.MOUNTS or (kind == "bind") != str(source or "").startswith(("/", ".", "~")):
                yield f"has an invalid volume: {volume}", f"type: {', '.join(permissions.MOUNTS)}; bind has a path"
        elif not isinstance(volume, str) or not _SHORT.fullmatch(volume):
            yield f"has an invalid volume: {volume}", "a volume is SOURCE:TARGET or a mapping"


def _network(networks: Any, labels: Mapping[str, Any]) -> _Wrong:
    own = networks.get("default") if isinstance(networks, dict) else None
    if not isinstance(own, dict) or set(networks) != {"default"} or not own.keys() <= _NETWORK:
        yield "an environment has exactly one network, 'default'", f"allowed: {', '.join(sorted(_NETWORK))}"
        return
    if not _has_labels(own, labels):
        yield "the network needs its labels; localenv finds and removes it by them", "labels: {{ labels | yaml }}"
    if any(document.variables({key: value for key, value in own.items() if key != "labels"})):
        yield "the network has a variable in it", _NO_VARIABLES
    options = own.get("driver_opts") or {}
    if not isinstance(options, dict) or not options.keys() <= _NETWORK_OPTIONS:
        yield "the network has options that could open it", f"allowed driver_opts: {', '.join(_NETWORK_OPTIONS)}"


def _has_labels(own: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    labels = own.get("labels", {})
    needed = {key: text for key, text in wanted.items() if key.startswith("dev.localenv.")}
    if not isinstance(labels, dict):
        return False
    others = [key for key in map(str, labels) if key.startswith(permissions.RESERVED_LABELS) and key not in wanted]
    return needed.items() <= labels.items() and not others
