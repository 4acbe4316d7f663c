"""The names of a container on its environment's network."""

from collections.abc import Sequence
from contextlib import suppress

import docker
from docker.errors import NotFound

from localenv.engines.compose import ownership


def rename(client: docker.DockerClient, identity: str, container: str, names: Sequence[str]) -> None:
    """Give a container other names on the environment's network."""
    network = ownership.network(identity)
    with suppress(NotFound):
        client.api.disconnect_container_from_network(container, network, force=True)
    client.api.connect_container_to_network(container, network, aliases=list(names))
