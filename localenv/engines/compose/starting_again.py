"""Start an existing container again, unless something that runs has replaced what it mounts.

Docker resolves the links of a mount's path at each start of a container.
"""

from pathlib import Path

import docker
from docker.errors import APIError

from localenv.engines.compose import leading, making, ownership, stop_signals
from localenv.errors import NotReadyError


def start(client: docker.DockerClient, folder: Path, container: str) -> None:
    """Start a container of the Compose file in `folder`; raises NotReadyError if a mount leads elsewhere now,
    or Docker does not start it."""
    details = client.api.inspect_container(container)
    leading.check_container(folder, details)
    try:
        client.api.start(container)
    except APIError as error:
        raise making.not_started(details["Config"]["Labels"][ownership.SERVICE], error) from error
    try:  # it could have been replaced meanwhile
        leading.check_container(folder, client.api.inspect_container(container))
    except NotReadyError:
        client.api.stop(container, timeout=0)
        raise


def restart(client: docker.DockerClient, folder: Path, container: str) -> None:
    """The same after stopping it, without waiting for a main process that its stop signal does not end."""
    leading.check_container(folder, client.api.inspect_container(container))
    stop_signals.stop(client, container)
    start(client, folder, container)
