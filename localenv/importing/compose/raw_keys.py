"""Keys of a service that stay as they are under `compose:`, and those that are named because they cannot."""

from collections.abc import Mapping
from typing import Any

from localenv.importing.compose.files import Project
from localenv.importing.compose.texts import mapped
from localenv.importing.sketch import Sketch
from localenv.stack import permissions

_ELSEWHERE = frozenset({  # keys with a counterpart of their own
    "image", "build", "command", "entrypoint", "environment", "env_file", "ports", "expose", "depends_on", "profiles",
    "healthcheck", "volumes", "secrets", "configs", "labels", "extends", "networks", "container_name", "links",
    "develop",
})  # fmt: skip
_WITHOUT = {
    "attach": "localenv shows the output of every service",
    "pre_stop": "containers are stopped without hooks",
    "external_links": "it connects the container with others outside",
    "volumes_from": "mount the same volume in both",
    "scale": "one container for each service",
    "mac_address": "each environment has its own network",
}
_ALLOWED = "your user settings may allow it (localenv help description)"


def written(name: str, service: Mapping[str, Any], project: Project, sketch: Sketch) -> dict[str, Any]:
    """The raw keys of a service."""
    found: dict[str, Any] = {}
    for key, value in service.items():
        resolved = None if _is_elsewhere(key, value, service) else _resolved(value, project)
        if resolved in (None, ""):  # a variable without a value
            continue
        if key == "deploy":
            found |= _deployed(name, mapped(resolved), sketch)
        elif why := _refusal(key, resolved):
            sketch.leave_out(f"{name}: {key}", why)
        elif (key, str(resolved).lower()) not in (("restart", "no"), ("restart", "false"), ("privileged", "false")):
            found[key] = resolved
    return found


def _refusal(key: str, value: Any) -> str:
    """Why a key cannot stay; empty if it can."""
    if key in _WITHOUT:
        return _WITHOUT[key]
    if key == "network_mode" and value != "host":
        return "an environment has one network"
    if not permissions.is_known(key):
        return "an unknown key"
    asked = next(permissions.asked({key: value}), None)
    return f"{asked.reason}; {_ALLOWED}" if asked else ""


def _is_elsewhere(key: str, value: Any, service: Mapping[str, Any]) -> bool:
    """Whether a key is empty, or written elsewhere; what is built is never pulled."""
    is_built = key == "pull_policy" and bool(service.get("build"))
    return is_built or key in _ELSEWHERE or key.startswith("x-") or value in (None, [], {}, "")


def _deployed(name: str, deploy: Mapping[str, Any], sketch: Sketch) -> dict[str, Any]:
    """What one container can have of `deploy`."""
    resources = mapped(deploy.get("resources"))
    for key, value in deploy.items():
        if key != "resources" and not (key == "replicas" and value == 1) and key not in ("restart_policy", "mode"):
            sketch.leave_out(f"{name}: deploy.{key}", "one container for each service")
    limits = {key: resources[key] for key in ("limits",) if resources.get(key)}
    reservations = {key: one for key, one in mapped(resources.get("reservations")).items() if key != "devices"}
    if mapped(resources.get("reservations")).get("devices"):
        sketch.leave_out(f"{name}: deploy.resources.reservations.devices", "it gives the container devices")
    kept = limits | ({"reservations": reservations} if reservations else {})
    return {"deploy": {"resources": kept}} if kept else {}


def _resolved(value: Any, project: Project) -> Any:
    match value:
        case str():
            return project.atoms.plain(project.atoms.read(value))
        case Mapping():
            return {str(key): _resolved(one, project) for key, one in value.items()}
        case list() | tuple():
            return [_resolved(one, project) for one in value]
        case _:
            return value
