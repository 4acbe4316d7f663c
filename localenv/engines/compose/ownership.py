"""What is an environment's own: the labels it carries, the names it takes, and things of others that have them."""

import json
import os
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import docker

from localenv import paths, state
from localenv.engines import Deployment
from localenv.errors import EngineError
from localenv.rendering import volume_names
from localenv.stack import Role

LABEL = "dev.localenv."
ROLE = f"{LABEL}role"
_RECORD = "checkout.json"  # in the folder of the environment's state
_PROJECT = "com.docker.compose.project"


def variables(identity: str, checkout: Path) -> dict[str, str]:
    """What the labels of a rendered file carry."""
    return {
        "LOCALENV_ENVIRONMENT": identity,
        "LOCALENV_CHECKOUT": sha256(str(checkout.resolve()).encode(errors="surrogateescape")).hexdigest()[:12],
        "LOCALENV_UID": str(os.getuid()),
    }


def labels(identity: str, checkout: Path, role: Role | None = None) -> dict[str, str]:
    """The labels of something that no rendered file names."""
    named = {key.removeprefix("LOCALENV_").lower(): text for key, text in variables(identity, checkout).items()}
    return {f"{LABEL}{key}": text for key, text in named.items()} | ({ROLE: role} if role else {})


def mine(identity: str = "") -> dict[str, list[str]]:
    """A filter for what this user has of an environment, or of all: the same label of another user is not ours.

    Where it is recorded, of which checkout the environment is, that of another with the same hash is not ours either.
    """
    if not identity:
        return {"label": [f"{LABEL}environment", f"{LABEL}uid={os.getuid()}"]}
    wanted = [f"{LABEL}environment={identity}", f"{LABEL}uid={os.getuid()}"]
    checkout = state.content(paths.state(identity, make=False) / _RECORD).get("checkout")
    return {"label": wanted + ([f"{LABEL}checkout={checkout}"] if checkout else [])}


def network(identity: str) -> str:
    """The name of its network."""
    return f"{identity}_default"


def check(client: docker.DockerClient, deployment: Deployment) -> None:
    """See that nobody else has what the environment is about to call its own; raises EngineError naming it.

    Compose would use a volume or container of that name as if it had made it.
    """
    wanted = labels(deployment.identity, deployment.stack.folder)
    state.write(paths.state(deployment.identity) / _RECORD, json.dumps({"checkout": wanted[f"{LABEL}checkout"]}))
    for kind, name, carried in _of_that_name(client, deployment):
        if any(carried.get(key) != text for key, text in wanted.items()):
            raise EngineError(
                f"the {kind} {name} is not of this environment, which needs that name: {_whose(carried, wanted)}",
                hint=f"it was left as it is; see what it is with `docker {kind} inspect {name}`, remove it with "
                f"`docker {kind} rm {name}`, or take another name: localenv up --name NAME",
            )


def _of_that_name(client: docker.DockerClient, deployment: Deployment) -> Iterator[tuple[str, str, Mapping[str, str]]]:
    """Kind, name and labels of whatever has a name of the environment, or says to be of its Compose project."""
    identity = deployment.identity
    yield from _containers(client, deployment)
    for entry in client.api.networks(names=[network(identity)]):  # names that contain it
        if entry["Name"] == network(identity):
            yield "network", entry["Name"], entry["Labels"] or {}
    wanted = {f"{identity}_{name}" for name in volume_names(deployment.stack)}
    for entry in (client.api.volumes(filters={"name": identity})["Volumes"] or ()) if wanted else ():
        if entry["Name"] in wanted:
            yield "volume", entry["Name"], entry["Labels"] or {}


def _containers(client: docker.DockerClient, deployment: Deployment) -> Iterator[tuple[str, str, Mapping[str, str]]]:
    identity = deployment.identity
    wanted = {f"{identity}-{name}-1" for name in deployment.stack.services}
    wanted |= {f"{identity}-job-{job.name}" for job in deployment.stack.jobs}
    for filters in ({"name": identity}, {"label": f"{_PROJECT}={identity}"}):
        for entry in client.api.containers(all=True, filters=filters):
            names = [name.lstrip("/") for name in entry["Names"] or ()] or [entry["Id"][:12]]
            if "label" in filters or wanted.intersection(names):
                yield "container", names[0], entry["Labels"] or {}


def _whose(carried: Mapping[str, Any], wanted: Mapping[str, str]) -> str:
    if f"{LABEL}environment" not in carried:
        return "localenv did not make it"
    key = f"{LABEL}uid"
    if carried.get(key) != wanted[key]:
        return f"the user with the number {carried.get(key, 'unknown')} made it"
    return "it belongs to another checkout"
