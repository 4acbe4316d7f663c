"""Check a service's raw Compose keys: those that would affect the environment or this machine are refused."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from localenv.description.draft import Draft
from localenv.description.raw import described, raw
from localenv.description.words import suggestion
from localenv.errors.problems import KeyPath
from localenv.sources import Items, Node, Table, Text, text_at
from localenv.stack import permissions

_ALTERNATIVES = {
    "build": "build:", "image": "image:", "command": "command:", "entrypoint": "entrypoint:", "profiles": "profiles:",
    "environment": "environment:", "env_file": "env_file:", "depends_on": "depends_on:", "ports": "port: and publish:",
    "healthcheck": "healthcheck:", "secrets": "${NAME.path}", "configs": "${NAME.path}",
}  # fmt: skip
_NOT_POSSIBLE = {
    "container_name": "containers are named after the environment",
    "network_mode": "each environment has its own network",
    "networks": "an environment has one network",
    "extends": "use extends: at the top of the file, or a YAML anchor",
    "models": "localenv starts no models; a need or an upstream can be one",
}


def normalise(draft: Draft) -> None:
    """Report forbidden keys, and make mounted folders of this machine absolute."""
    for name, service in draft.services.items():
        for key in service.compose:
            _key(draft, name, key, service.compose[key])
        volumes = _node(draft.tree, "services", name, "compose", "volumes")
        if volumes is not None:
            mounted = _volumes(draft, name, volumes)
            changed = {"compose": {**service.compose, "volumes": mounted}}
            draft.services[name] = service.model_copy(update=changed)
        _permissions(draft, name)
        _watched(draft, name)


def _key(draft: Draft, name: str, key: str, value: Any) -> None:
    at = draft.at("services", name, "compose", key, of_key=True)
    if key in _ALTERNATIVES:
        draft.problem(f"'{key}' is not allowed under compose:", at, f"use {_ALTERNATIVES[key]} of the service")
    elif _is_impossible(key, value):
        draft.problem(f"'{key}' is not allowed under compose:", at, _NOT_POSSIBLE[key])
    elif key == "labels" and (label := _reserved(value)):
        draft.problem(f"the label '{label}' is reserved", at, "choose another name")


def _reserved(labels: Any) -> str | None:
    """The first label, of a mapping or a list, whose name localenv or Compose uses."""
    names = [str(one).partition("=")[0] for one in labels] if isinstance(labels, Mapping | list | tuple) else []
    return next((name for name in names if name.startswith(permissions.RESERVED_LABELS)), None)


def _permissions(draft: Draft, name: str) -> None:
    """Report keys that give a container more access than usual, unless the user allows them."""
    for asked in permissions.asked(draft.services[name].compose):
        key, permission = str(asked.key[0]), asked.permission
        value = draft.services[name].compose[key]
        if key in _ALTERNATIVES or _is_impossible(key, value) or permission in draft.bounds.permissions:
            continue
        at = draft.at("services", name, "compose", *asked.key)
        if not permissions.is_known(key):
            hint = suggestion(key, (*permissions.NAMES, *permissions.ORDINARY)) or "only known keys are passed on"
            draft.problem(f"unknown Compose key '{key}'", at, hint)
            continue
        what = f"'{key}'" if permission == key else f"'{permission}' ({_path_of(asked.key)})"
        message = f"service '{name}' may not use {what}: {asked.reason}"
        draft.problem(message, at, draft.bounds.allowing("permissions", permission))


def _watched(draft: Draft, name: str) -> None:
    """Report commands of `watch:` that run with all capabilities, unless the user allows them."""
    for number, rule in enumerate(draft.services[name].watch or ()):
        if rule.exec and rule.exec.privileged and "privileged" not in draft.bounds.permissions:
            at = draft.at("services", name, "watch", number, "exec", "privileged")
            message = f"service '{name}' may not use 'privileged' (watch.exec): {permissions.reason('privileged')}"
            draft.problem(message, at, draft.bounds.allowing("permissions", "privileged"))


def _is_impossible(key: str, value: Any) -> bool:
    """The host network can be allowed; other networks cannot."""
    return key in _NOT_POSSIBLE and (key, value) != ("network_mode", "host")


def _path_of(key: KeyPath) -> str:
    return ".".join(str(part) for part in key if isinstance(part, str))


def _node(node: Node | None, *path: str) -> Node | None:
    for key in path:
        node = node.get(key) if isinstance(node, Table) else None
    return node


def _volumes(draft: Draft, name: str, volumes: Node) -> list[Any]:
    if isinstance(volumes, Items):
        return [_volume(draft, volume) for volume in volumes]
    at = draft.at("services", name, "compose", "volumes", of_key=True)
    draft.problem(f"'volumes' under compose: must be a list, not {described(volumes)}", at)
    return []


def _volume(draft: Draft, volume: Node) -> Any:
    """Normalise a raw volume; a folder of this machine is relative to the file, and must be in the repository."""
    if isinstance(volume, Table):
        return _long(draft, volume)
    if isinstance(volume, Text) and re.match(r"[./~]", volume) and ":" in volume:
        folder, _, target = volume.partition(":")
        source = _path(draft, text_at(folder, volume.at))
        return _without_colons(source, target) if ":" in source else f"{source}:{target}"
    if not isinstance(volume, Text):
        draft.problem(f"a volume must be a string or a mapping, not {described(volume)}", volume.at)
    return raw(volume)


def _without_colons(source: str, target: str) -> dict[str, Any]:
    """The long form of a volume, in which a path may contain the separator of the short form."""
    place, _, mode = target.partition(":")
    return _bound(source, {"type": "bind", "target": place, "read_only": "ro" in mode.split(",")})


def _bound(source: str, rest: dict[str, Any]) -> dict[str, Any]:
    """A bind mount; always in long form if a missing folder must not be created."""
    bind = {**(rest.get("bind") or {}), "create_host_path": False} if ":" in source else rest.get("bind")
    return {**rest, "source": source} | ({"bind": bind} if bind else {})


def _long(draft: Draft, volume: Table) -> Any:
    kind, source = volume.get("type"), volume.get("source", volume.get("src"))
    rest = {key: value for key, value in raw(volume).items() if key not in ("source", "src")}
    if kind not in permissions.MOUNTS:
        draft.problem("a volume needs a type", volume.at, f"type: {', '.join(permissions.MOUNTS)}")
    elif kind == "bind" and isinstance(source, Text):
        return _bound(_path(draft, source), rest)
    elif kind == "bind":
        draft.problem("a volume of type bind needs a source: the folder", volume.at)
    elif isinstance(source, Text) and re.match(r"[./~]", source):
        draft.problem(f"a volume of type {kind} needs a name, not a path", source.at, "type: bind mounts a folder")
    return raw(volume)


def _path(draft: Draft, source: Text) -> str:
    """The mounted path; the socket of a Docker engine is reported as such, not as a path outside of the repository."""
    path = draft.bounds.absolute(source.at.file.parent / Path(source).expanduser())
    is_socket = "\0" not in str(path) and permissions.leads_to_docker(path) and not path.is_dir()
    draft.report(None if is_socket else draft.bounds.problem(path, source.at, "path"))
    return str(path)
