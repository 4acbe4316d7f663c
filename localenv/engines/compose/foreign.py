"""Detect foreign resources whose names an environment is about to use."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from localenv import paths
from localenv.engines import Deployment
from localenv.engines.compose import ownership
from localenv.engines.compose.daemon import Daemon
from localenv.errors import EngineError
from localenv.host import files
from localenv.rendering import volume_names

_PROJECT = "com.docker.compose.project"


def check(daemon: Daemon, deployment: Deployment) -> None:
    """Raise EngineError for a foreign resource with a name that the environment is about to use.

    Compose would use such a volume or container as if it had created it.
    """
    wanted = ownership.labels(deployment.identity, deployment.stack.folder)
    files.write(
        paths.checkout(deployment.identity),
        json.dumps({"checkout": wanted[f"{ownership.LABEL}checkout"]}),
    )
    for kind, name, carried in _of_that_name(daemon, deployment):
        if any(carried.get(key) != text for key, text in wanted.items()):
            raise EngineError(
                f"the {kind} {name} does not belong to this environment, but has its name: {_origin(carried, wanted)}",
                hint=f"it was not changed; inspect it: `docker {kind} inspect {name}`, remove it with "
                f"`docker {kind} rm {name}`, or take another name: localenv up --name NAME",
            )


def _of_that_name(daemon: Daemon, deployment: Deployment) -> Iterator[tuple[str, str, Mapping[str, str]]]:
    """Kind, name and labels of resources with a name of the environment, or with its Compose project label."""
    identity = deployment.identity
    yield from _containers(daemon, deployment)
    for entry in daemon.networks({"name": [ownership.network(identity)]}):  # also returns names that only contain it
        if entry["Name"] == ownership.network(identity):
            yield "network", entry["Name"], entry["Labels"] or {}
    wanted = {f"{identity}_{name}" for name in volume_names(deployment.stack)}
    for entry in daemon.volumes({"name": [identity]}) if wanted else ():
        if entry["Name"] in wanted:
            yield "volume", entry["Name"], entry["Labels"] or {}


def _containers(daemon: Daemon, deployment: Deployment) -> Iterator[tuple[str, str, Mapping[str, str]]]:
    identity = deployment.identity
    wanted = {f"{identity}-{name}-1" for name in deployment.stack.services}
    wanted |= {f"{identity}-job-{job.name}" for job in deployment.stack.jobs}
    for filters in ({"name": [identity]}, {"label": [f"{_PROJECT}={identity}"]}):
        for entry in daemon.containers(filters):
            names = [name.lstrip("/") for name in entry["Names"] or ()] or [entry["Id"][:12]]
            if "label" in filters or wanted.intersection(names):
                yield "container", names[0], entry["Labels"] or {}


def _origin(carried: Mapping[str, Any], wanted: Mapping[str, str]) -> str:
    if f"{ownership.LABEL}environment" not in carried:
        return "localenv did not create it"
    key = f"{ownership.LABEL}uid"
    if carried.get(key) != wanted[key]:
        return f"user {carried.get(key, 'unknown')} created it"
    return "it belongs to another checkout"
