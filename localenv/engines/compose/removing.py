"""Remove an environment by label, without its description, until nothing is left."""

import re
from collections.abc import Iterable
from typing import Any

import docker
from docker.errors import APIError, NotFound

from localenv.engines.compose import ownership, stop_signals
from localenv.errors import EngineError
from localenv.host.background import side_by_side
from localenv.host.waiting import looks
from localenv.stack import Role

_ROUNDS, _AT_ONCE = 20, 10
_LONGEST_PAUSE = 1.0  # seconds between two rounds
_ANONYMOUS = re.compile("[0-9a-f]{64}")  # the names that Docker gives


def services(client: docker.DockerClient, identity: str, names: set[str]) -> None:
    """Remove some services of an environment, with their anonymous volumes."""
    found = [entry for entry in _containers(client, identity) if entry["Labels"].get(ownership.SERVICE) in names]
    _end(client, found)


def environment(client: docker.DockerClient, identity: str, *, data: bool) -> None:
    """Remove containers, networks and volumes (those of needs only with `data`), until two checks find nothing."""
    for _ in looks(times=_ROUNDS, pause=0.01, longest_pause=_LONGEST_PAUSE):  # another process may be removing it too
        if not any(_round(client, identity, data=data) for _ in range(2)):
            return
    raise EngineError(f"cannot remove {identity}: something recreates parts of it")


def _round(client: docker.DockerClient, identity: str, *, data: bool) -> bool:
    """Remove what is found; returns whether anything was."""
    found = _containers(client, identity)
    under_work = [entry for entry in found if entry["Labels"].get(ownership.ROLE) not in (Role.NEED, Role.STUBS)]
    _end(client, under_work)  # clients of needs first, so that their last log lines are not about lost connections
    _end(client, [entry for entry in found if entry not in under_work])
    networks = client.api.networks(filters=ownership.mine(identity))
    for network in networks:
        _remove_network(client, identity, network)
    volumes = [
        volume for volume in _volumes(client, identity) if data or volume["Labels"].get(ownership.ROLE) != Role.NEED
    ]
    for volume in volumes:
        _remove_volume(client, identity, volume["Name"])
    return bool(found or networks or volumes)


def _remove_network(client: docker.DockerClient, identity: str, network: dict[str, Any]) -> None:
    try:
        client.api.remove_network(network["Id"])
    except NotFound:
        return
    except APIError as error:
        if "active endpoints" not in str(error.explanation):
            raise
        own = network["Name"]
        if foreign := _foreign(client, identity, {"network": [network["Id"]]}):
            raise EngineError(
                f"cannot remove the network {own}: {', '.join(foreign)} of another environment is connected",
                hint=f"docker network disconnect {own} {foreign[0]}, then retry",
            ) from error


def _remove_volume(client: docker.DockerClient, identity: str, name: str) -> None:
    try:
        client.api.remove_volume(name)
    except NotFound:
        return
    except APIError as error:
        if "in use" not in str(error.explanation):
            raise
        if foreign := _foreign(client, identity, {"volume": [name]}):
            raise EngineError(
                f"cannot remove the volume {name}: {', '.join(foreign)} of another environment mounts it",
                hint=f"docker rm --force {foreign[0]}, then retry",
            ) from error


def _foreign(client: docker.DockerClient, identity: str, filters: dict[str, list[str]]) -> list[str]:
    """The containers that the environment does not own; its own, created meanwhile, are removed in the next round."""
    mine = {entry["Id"] for entry in _containers(client, identity)}
    found = client.api.containers(all=True, filters=filters)
    return [entry["Names"][0].removeprefix("/") for entry in found if entry["Id"] not in mine]


def _containers(client: docker.DockerClient, identity: str) -> list[dict[str, Any]]:
    return list(client.api.containers(all=True, filters=ownership.mine(identity)))


def _volumes(client: docker.DockerClient, identity: str) -> list[dict[str, Any]]:
    return client.api.volumes(filters=ownership.mine(identity))["Volumes"] or []


def _end(client: docker.DockerClient, entries: Iterable[dict[str, Any]]) -> None:
    side_by_side(lambda entry: _remove(client, entry), entries, at_once=_AT_ONCE)


def _keeps_data(entry: dict[str, Any]) -> bool:
    """Whether a container has a volume that is not removed with it: an anonymous one is."""
    names = [str(mount.get("Name") or "") for mount in entry.get("Mounts", ()) if mount.get("Type") == "volume"]
    return any(name and not _ANONYMOUS.fullmatch(name) for name in names)


def _remove(client: docker.DockerClient, entry: dict[str, Any]) -> None:
    polite = _keeps_data(entry) or entry["Labels"].get(ownership.ROLE) not in (Role.NEED, Role.STUBS)
    try:
        if polite and entry["State"] == "running" and (details := stop_signals.handling(client, entry["Id"])):
            stop_signals.stop_handling(client, details)
        client.api.remove_container(entry["Id"], force=True, v=True)
    except APIError as error:
        if error.status_code not in (404, 409):  # removed, or being removed by another process: the next check shows it
            raise
