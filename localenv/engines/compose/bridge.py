"""A container that leads other containers to programs on this machine, through connections opened from here.

Containers cannot reach a program that listens on 127.0.0.1 only, and firewalls drop what they send to this machine's
other addresses. So the bridge listens under the program's name on the environment's network, and joins each client with
a connection that a forwarder on this machine keeps open to it. It runs in the image of the stub server.
"""

import socket
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from typing import Any

import docker
from docker.errors import APIError, ImageNotFound, NotFound

from localenv.engines import Deployment, bridging
from localenv.engines.bridging import LocalRoute, Tunnel
from localenv.engines.compose import api, ownership, refusals
from localenv.errors import EngineError, NotReadyError
from localenv.host.announcing import announced
from localenv.host.loopback import HERE
from localenv.host.waiting import looks
from localenv.stack import Role
from localenv.stubs import server

_SCRIPT = Path(__file__).with_name("bridge.pl")
_IMAGE = f"wiremock/wiremock:{server.VERSION}"
_USER = "65534:65534"
_LIMITS: Any = {"mem_limit": "64m", "pids_limit": 16, "cap_drop": ["ALL"], "security_opt": ["no-new-privileges"]}
_TUNNEL = 4025  # its port in the container, unless a route has it
_PATIENCE, _PAUSE = 15.0, 0.03  # seconds for the bridge to listen, and between two attempts


def start(client: docker.DockerClient, deployment: Deployment, key: str, routes: Sequence[LocalRoute]) -> None:
    """Lead the routes' names on the environment's network to this machine. Raises EngineError, NotReadyError."""
    with announced("waiting for the bridge that leads from containers to this machine; Ctrl-C ends this"):
        _start(client, deployment, key, routes)


def _start(client: docker.DockerClient, deployment: Deployment, key: str, routes: Sequence[LocalRoute]) -> None:
    token, inside = token_hex(16), _free([route.port for route in routes])
    container = _create(client, deployment, key, routes, token, inside)
    try:
        client.api.start(container)
        tunnel = Tunnel(host=HERE, port=_published(client, container, inside), token=token)
        _await(client, container, tunnel)
        bridging.start(deployment.identity, key, routes, tunnel)
    except BaseException:
        stop(client, deployment.identity, key)
        raise


def stop(client: docker.DockerClient, identity: str, key: str) -> None:
    """Remove the bridge and its forwarder, if they exist."""
    bridging.stop(identity, key)
    with suppress(NotFound):
        client.api.remove_container(_name(identity, key), force=True, v=True)


def _create(
    client: docker.DockerClient, deployment: Deployment, key: str, routes: Sequence[LocalRoute], token: str, inside: int
) -> str:
    network = ownership.network(deployment.identity)
    endpoints: Any = {
        network: client.api.create_endpoint_config(aliases=list(dict.fromkeys(route.name for route in routes)))
    }
    ports = [str(port) for port in dict.fromkeys(route.port for route in routes)]
    _fetch(client)
    try:
        created = client.api.create_container(
            image=_IMAGE,
            entrypoint=["perl", "-e", _SCRIPT.read_text(), str(inside)],
            command=ports,
            user=_USER,
            environment={"TOKEN": token},
            labels=ownership.labels(deployment.identity, deployment.stack.folder, Role.BRIDGE),
            name=_name(deployment.identity, key),
            ports=[inside],
            healthcheck=api.NO_HEALTHCHECK,  # that of the image is the stub server's
            host_config=client.api.create_host_config(
                port_bindings={inside: (HERE,)}, network_mode=network, read_only=True, **_LIMITS
            ),
            networking_config=client.api.create_networking_config(endpoints),
        )
    except APIError as error:
        reason = str(error.explanation)
        known = refusals.explained(reason)
        raise EngineError(
            f"cannot connect containers with this machine: {known.cause if known else reason}",
            hint=known.hint if known else "",
        ) from error
    return str(created["Id"])


def _fetch(client: docker.DockerClient) -> None:
    """Pull the image of the stub server, which an environment without upstreams may not have."""
    try:
        client.api.inspect_image(_IMAGE)
    except ImageNotFound:
        try:
            client.api.pull(_IMAGE)
        except APIError as error:
            why = str(error.explanation)
            raise EngineError(
                f"cannot connect containers with this machine without the image {_IMAGE}: {why}",
                hint=f"docker pull {_IMAGE}",
            ) from error


def _published(client: docker.DockerClient, container: str, inside: int) -> int:
    """The port of this machine that Docker chose for the tunnel."""
    details: Any = client.api.inspect_container(container)
    found = (details["NetworkSettings"]["Ports"] or {}).get(f"{inside}/tcp")
    if not found:
        raise NotReadyError("the bridge to this machine has exited", log=_log(client, container))
    return int(found[0]["HostPort"])


def _await(client: docker.DockerClient, container: str, tunnel: Tunnel) -> None:
    """Return when the bridge accepts the token: Docker's proxy accepts connections before it listens."""
    for _ in looks(within=_PATIENCE, pause=_PAUSE):
        with suppress(OSError), socket.create_connection((tunnel.host, tunnel.port), timeout=1.0) as opened:
            opened.sendall(f"{tunnel.token}\n".encode())
            if opened.recv(1) == b"\n":
                return
    raise NotReadyError("the bridge to this machine does not answer", log=_log(client, container))


def _log(client: docker.DockerClient, container: str) -> list[str]:
    with suppress(APIError):
        return bytes(client.api.logs(container, tail=20)).decode(errors="replace").splitlines()
    return []


def _free(taken: Sequence[int]) -> int:
    return next(port for port in range(_TUNNEL, _TUNNEL + len(taken) + 1) if port not in taken)


def _name(identity: str, key: str) -> str:
    return f"{identity}-bridge-{key}"
