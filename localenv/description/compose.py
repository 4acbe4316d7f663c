"""Raw Compose keys of a service: those that would work against the environment are refused."""

import re
from pathlib import Path
from typing import Any

from localenv.description.draft import Draft
from localenv.description.raw import raw
from localenv.sources import Items, Node, Table, Text, text_at

_SAID_OTHERWISE = {
    "build": "build:", "image": "image:", "command": "command:", "entrypoint": "entrypoint:", "profiles": "profiles:",
    "environment": "environment:", "env_file": "env_file:", "depends_on": "depends_on:", "ports": "port: and publish:",
    "healthcheck": "healthcheck:", "secrets": "${NAME.path}", "configs": "${NAME.path}",
}  # fmt: skip
_NOT_POSSIBLE = {
    "container_name": "containers are named after the environment",
    "network_mode": "an environment has a network of its own",
    "networks": "an environment has one network",
    "extends": "extends: stands at the top of the file, or use a YAML anchor",
}


def settle(draft: Draft) -> None:
    """Note the keys that cannot stand there; make the folders of this machine that are mounted absolute."""
    for name, service in draft.services.items():
        for key in service.compose:
            _key(draft, name, key)
        volumes = _said(draft.tree, "services", name, "compose", "volumes")
        if isinstance(volumes, Items):
            mounted = [_volume(draft, volume) for volume in volumes]
            changed = {"compose": {**service.compose, "volumes": mounted}}
            draft.services[name] = service.model_copy(update=changed)


def _key(draft: Draft, name: str, key: str) -> None:
    at = draft.at("services", name, "compose", key, of_key=True)
    if key in _SAID_OTHERWISE:
        draft.problem(f"'{key}' is not said under compose:", at, f"the service says it with {_SAID_OTHERWISE[key]}")
    elif key in _NOT_POSSIBLE:
        draft.problem(f"'{key}' cannot be said under compose:", at, _NOT_POSSIBLE[key])


def _said(node: Node | None, *path: str) -> Node | None:
    for key in path:
        node = node.get(key) if isinstance(node, Table) else None
    return node


def _volume(draft: Draft, volume: Node) -> Any:
    """A raw volume; a folder of this machine in it is relative to the file, and stays in the repository."""
    if isinstance(volume, Table) and volume.get("type") == "bind":
        source = volume.get("source", volume.get("src"))
        if isinstance(source, Text):
            rest = {key: value for key, value in raw(volume).items() if key not in ("source", "src")}
            return {**rest, "source": _path(draft, source)}
    if isinstance(volume, Text) and re.match(r"[./~]", volume) and ":" in volume:
        folder, _, target = volume.partition(":")
        return f"{_path(draft, text_at(folder, volume.at))}:{target}"
    return raw(volume)


def _path(draft: Draft, source: Text) -> str:
    path = draft.bounds.absolute(source.at.file.parent / Path(source).expanduser())
    draft.note(draft.bounds.problem(path, source.at, "path"))
    return str(path)
