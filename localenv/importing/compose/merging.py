"""Merge Compose files as Compose does: mappings merge, lists are joined, commands are replaced."""

import re
from collections.abc import Mapping
from typing import Any

from localenv.importing.compose.tags import REPLACES

# https://docs.docker.com/reference/compose-file/merge
_REPLACED = frozenset({"command", "entrypoint", "test"})
_NAME = re.compile(r"[^=\s\0${}'\"]+")  # of a variable, a label, a host
_MAPPINGS = frozenset({"environment", "labels", "args", "annotations", "extra_hosts", "sysctls"})
_LISTS = frozenset({
    "ports", "expose", "volumes", "env_file", "dns", "tmpfs", "profiles", "links", "secrets", "configs", "cap_add",
    "volumes_from", "external_links", "devices", "security_opt", "group_add",
})  # fmt: skip
_TEXTS = frozenset({"image", "container_name", "hostname", "restart"})
_NAMES = frozenset({"networks", "depends_on"})


def merged(below: Any, above: Any, key: str = "") -> Any:
    """A value overridden by another."""
    if key in _REPLACED or above is None:
        return below if above is None else above
    if isinstance(below, Mapping) and isinstance(above, Mapping):
        replaced = above.get(REPLACES, ())
        below = {name: one for name, one in below.items() if name not in replaced}
        return {name: _member(below, above, name) for name in (*below, *(one for one in above if one not in below))}
    if isinstance(below, list) and isinstance(above, list):
        return _joined(below, above, key)
    return above


def _member(below: Mapping[str, Any], above: Mapping[str, Any], name: str) -> Any:
    if name not in below or name not in above:
        return below[name] if name in below else above[name]
    return merged(below[name], above[name], name)


def _joined(below: list[Any], above: list[Any], key: str) -> list[Any]:
    """Two lists; a mount at the same place is replaced."""
    if key == "volumes":
        places = {_target(one) for one in above}
        below = [one for one in below if _target(one) not in places]
    return [*below, *(one for one in above if one not in below)]


def _target(volume: Any) -> Any:
    return volume.get("target") if isinstance(volume, Mapping) else volume


def normal(service: Mapping[str, Any]) -> dict[str, Any]:
    """A service with its lists of names and assignments as mappings; what has another shape is left out."""
    found = {str(key): value for key, value in service.items() if value is not None}
    for key in _MAPPINGS & found.keys():
        found[key] = assignments(found[key])
    for key in _NAMES & found.keys():
        found[key] = named(found[key])
    build = found.get("build")
    if isinstance(build, str):
        found["build"] = {"context": build}
    elif isinstance(build, Mapping):
        found["build"] = {**build, "args": assignments(build["args"])} if "args" in build else dict(build)
    else:
        found.pop("build", None)
    for key in _LISTS & found.keys():
        found[key] = _items(found[key])
    for key in _TEXTS & found.keys():
        if isinstance(found[key], Mapping | list):
            del found[key]
    if isinstance(found.get("extends"), str):
        found["extends"] = {"service": found["extends"]}
    return found


def _items(written: Any) -> list[Any]:
    """The items of a list that are texts, numbers or mappings; one alone is a list."""
    if isinstance(written, Mapping):
        return []
    items = written if isinstance(written, list) else [written]
    return [one for one in items if one not in (None, "", True, False) and not isinstance(one, list)]


def assignments(written: Any) -> dict[str, Any]:
    """`KEY=value` lines or a mapping, as a mapping; None where there is a name alone."""
    if isinstance(written, Mapping):
        return {str(key): value for key, value in written.items() if _NAME.fullmatch(str(key))}
    found: dict[str, Any] = {}
    for item in written if isinstance(written, list) else ():
        key, equals, value = str(item).partition("=")
        if not equals and ":" in key and " " not in key:  # host:address of extra_hosts
            key, equals, value = key.partition(":")
        found[key.strip()] = value if equals else None
    return {key: value for key, value in found.items() if _NAME.fullmatch(key)}


def named(written: Any) -> dict[str, Any]:
    """A list of names or a mapping, as a mapping."""
    if isinstance(written, Mapping):
        return {str(name): one if isinstance(one, Mapping) else {} for name, one in written.items()}
    return {str(name): {} for name in written} if isinstance(written, list) else {}
