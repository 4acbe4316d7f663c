"""A service's mounts in the format of Docker's API, for the containers of its jobs."""

from collections.abc import Mapping
from typing import Any

import docker
from docker.errors import NotFound
from docker.utils import parse_bytes

from localenv.engines import Deployment
from localenv.engines.compose import ownership
from localenv.rendering import named_volumes, volume_names
from localenv.stack import Service

# for each mount type: the API's key for options, and the names of the options in Compose
_OPTIONS = {
    "bind": ("BindOptions", {"propagation": "Propagation"}),
    "volume": ("VolumeOptions", {"nocopy": "NoCopy", "subpath": "Subpath"}),
    "tmpfs": ("TmpfsOptions", {"size": "SizeBytes", "mode": "Mode"}),
    "image": ("ImageOptions", {"subpath": "Subpath"}),
}


def settings(deployment: Deployment, service: Service) -> dict[str, Any]:
    """The host configuration of a container with the mounts of a service."""
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
    """Create named volumes with Compose's labels: Compose would create them later, Docker without labels."""
    roles = volume_names(deployment.stack)
    for name in named_volumes(service):
        try:
            client.api.inspect_volume(_source(deployment, name))
        except NotFound:
            of_compose = {"com.docker.compose.project": deployment.identity, "com.docker.compose.volume": name}
            own = ownership.labels(deployment.identity, deployment.stack.folder, roles[name])
            client.api.create_volume(_source(deployment, name), labels=of_compose | own)


def _source(deployment: Deployment, source: str) -> str:
    """The source of a mount: a folder unchanged, a volume by Compose's name."""
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
