"""What a service mounts, as Docker's API has it, for the containers of its jobs."""

from collections.abc import Mapping
from typing import Any

import docker
from docker.errors import NotFound
from docker.utils import parse_bytes

from localenv.engines import Deployment
from localenv.engines.compose import ownership
from localenv.rendering import named_volumes, volume_names
from localenv.stack import Service

# by the type of a mount: where the API has its options, and Compose's names of them
_OPTIONS = {
    "bind": ("BindOptions", {"propagation": "Propagation"}),
    "volume": ("VolumeOptions", {"nocopy": "NoCopy", "subpath": "Subpath"}),
    "tmpfs": ("TmpfsOptions", {"size": "SizeBytes", "mode": "Mode"}),
    "image": ("ImageOptions", {"subpath": "Subpath"}),
}


def settings(deployment: Deployment, service: Service) -> dict[str, Any]:
    """The settings of a container's host that mount what the service mounts."""
    volumes = service.compose.get("volumes", ())
    short = [volume.partition(":") for volume in volumes if isinstance(volume, str)]
    long = [_long(deployment, volume) for volume in volumes if isinstance(volume, Mapping)]
    tmpfs = service.compose.get("tmpfs", ())
    return {
        "binds": [f"{_source(deployment, source)}:{target}" for source, colon, target in short if colon],
        "mounts": long + [{"Type": "volume", "Target": target} for target, colon, _ in short if not colon],
        "tmpfs": [tmpfs] if isinstance(tmpfs, str) else list(tmpfs),
    }


def make_volumes(client: docker.DockerClient, deployment: Deployment, service: Service) -> None:
    """Make its named volumes as Compose would, which comes only later: Docker by itself would make them nobody's."""
    roles = volume_names(deployment.stack)
    for name in named_volumes(service):
        try:
            client.api.inspect_volume(_source(deployment, name))
        except NotFound:
            theirs = {"com.docker.compose.project": deployment.identity, "com.docker.compose.volume": name}
            ours = ownership.labels(deployment.identity, deployment.stack.folder, roles[name])
            client.api.create_volume(_source(deployment, name), labels=theirs | ours)


def _source(deployment: Deployment, source: str) -> str:
    """A folder as it is; a volume by the name that Compose gives it."""
    return source if source.startswith("/") else f"{deployment.identity}_{source}"


def _long(deployment: Deployment, volume: Mapping[str, Any]) -> dict[str, Any]:
    kind, source = str(volume["type"]), str(volume.get("source", ""))
    where, names = _OPTIONS[kind]
    options = {names[key]: value for key, value in (volume.get(kind) or {}).items() if key in names}
    if "SizeBytes" in options:
        options["SizeBytes"] = parse_bytes(options["SizeBytes"])
    return {
        "Type": kind,
        "Target": volume.get("target"),
        "Source": _source(deployment, source) if kind == "volume" and source else source,
        "ReadOnly": bool(volume.get("read_only", False)),
        where: options,
    }
