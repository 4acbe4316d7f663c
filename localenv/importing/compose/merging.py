"""Merge Compose files as Compose does: mappings merge, lists are joined, commands are replaced."""

from collections.abc import Mapping
from typing import Any

# https://docs.docker.com/reference/compose-file/merge
_REPLACED = frozenset({"command", "entrypoint", "test"})
_MAPPINGS = frozenset({"environment", "labels", "args", "annotations", "extra_hosts", "sysctls"})
_NAMES = frozenset({"networks", "depends_on"})


def merged(below: Any, above: Any, key: str = "") -> Any:
    """A value with another laid over it."""
    if key in _REPLACED or above is None:
        return below if above is None else above
    if isinstance(below, Mapping) and isinstance(above, Mapping):
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
    """A service with its lists of names and assignments as mappings."""
    found = dict(service)
    for key in _MAPPINGS & found.keys():
        found[key] = assignments(found[key])
    for key in _NAMES & found.keys():
        found[key] = named(found[key])
    if isinstance(build := found.get("build"), str):
        found["build"] = {"context": build}
    elif isinstance(build, Mapping) and "args" in build:
        found["build"] = {**build, "args": assignments(build["args"])}
    for key in ("env_file", "dns", "tmpfs", "profiles", "links", "extends"):
        if key != "extends" and key in found and not isinstance(found[key], list):
            found[key] = [found[key]] if found[key] is not None else []
    if isinstance(found.get("extends"), str):
        found["extends"] = {"service": found["extends"]}
    return found


def assignments(said: Any) -> dict[str, Any]:
    """`KEY=value` lines or a mapping, as a mapping; None where there is a name alone."""
    if isinstance(said, Mapping):
        return dict(said)
    found: dict[str, Any] = {}
    for item in said if isinstance(said, list) else ():
        key, equals, value = str(item).partition("=")
        if not equals and ":" in key and " " not in key:  # host:address of extra_hosts
            key, equals, value = key.partition(":")
        found[key.strip()] = value if equals else None
    return found


def named(said: Any) -> dict[str, Any]:
    """A list of names or a mapping, as a mapping."""
    if isinstance(said, Mapping):
        return {str(name): one if isinstance(one, Mapping) else {} for name, one in said.items()}
    return {str(name): {} for name in said} if isinstance(said, list) else {}
