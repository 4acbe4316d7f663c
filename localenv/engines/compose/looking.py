"""What Docker has of an environment, found by label."""

from collections.abc import Mapping
from typing import Any

import docker
from docker.errors import NotFound

from localenv.engines import Condition, Observed, Seen
from localenv.engines.compose import ownership
from localenv.stack import Role

_SERVICE = "com.docker.compose.service"
_CONDITIONS = {"dead": Condition.EXITED, "removing": Condition.EXITED}


def observe(client: docker.DockerClient, identity: str, *, closely: bool) -> Observed:
    """Containers with their conditions; the other things only by name."""
    mine = ownership.mine(identity)
    found = client.api.containers(all=True, filters=mine)
    services = {}
    others = [f"network {network['Name']}" for network in client.api.networks(filters=mine)]
    for entry in found:
        seen = _seen(client, entry, closely=closely)
        if seen is None:
            continue
        if seen.role == Role.JOB:
            others.append(f"container {entry['Names'][0].lstrip('/')}")
        else:
            services[seen.name] = seen
    return Observed(services=services, others=tuple(others))


def container_id(client: docker.DockerClient, identity: str, name: str) -> str | None:
    """The container of a service; None where there is none."""
    filters = {"label": [*ownership.mine(identity)["label"], f"{_SERVICE}={name}"]}
    found = client.api.containers(all=True, filters=filters)
    return str(found[0]["Id"]) if found else None


def _seen(client: docker.DockerClient, entry: Mapping[str, Any], *, closely: bool) -> Seen | None:
    labels = entry["Labels"]
    state = entry["State"]
    if state == "running" and not closely:
        details: Mapping[str, Any] = {}
    else:
        try:
            details = client.api.inspect_container(entry["Id"])
        except NotFound:  # removed since the list was made
            return None
    inner = details.get("State", {})
    condition = inner.get("Status", state)
    return Seen(
        name=labels.get(_SERVICE, ""),
        role=labels.get(ownership.ROLE, ""),
        condition=_CONDITIONS.get(condition) or Condition(condition),
        id=entry["Id"],
        image=entry["ImageID"],
        exit_code=inner.get("ExitCode") if condition != "running" else None,
        out_of_memory=bool(inner.get("OOMKilled")),
        restarts=details.get("RestartCount", 0),
        error=inner.get("Error", ""),
        ports={port["PrivatePort"]: port["PublicPort"] for port in entry["Ports"] if port.get("PublicPort")},
    )
