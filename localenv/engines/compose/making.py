"""Start containers that Compose has created, through Docker's API alone.

Measured on two cores: a service that waited for its dependencies is started in 0.35 s instead of 1.1 s.
"""

from collections.abc import Callable, Sequence
from typing import Any

import docker
from docker.errors import APIError

from localenv.engines import Deployment
from localenv.engines.compose import daemon, ownership, refusals
from localenv.errors import EngineError, LocalenvError, NotReadyError
from localenv.host.background import side_by_side
from localenv.stack import order

Prepare = Callable[[str, str], None]  # called with a service and its container


def start(client: docker.DockerClient, deployment: Deployment, names: Sequence[str], prepare: Prepare) -> None:
    """Start existing containers, each prepared: in dependency order, independent ones in parallel.

    Raises NotReadyError, or EngineError, with Docker's reason.
    """
    containers = _containers(client, deployment)
    waits = {name: [one.name for one in deployment.stack.services[name].depends_on] for name in names}
    walk = order.sorter(waits)
    while walk.is_active():
        together = walk.get_ready()
        side_by_side(lambda name: _start(client, name, containers.get(name, name), prepare), together)
        walk.done(*together)


def _containers(client: docker.DockerClient, deployment: Deployment) -> dict[str, str]:
    """Container ids by service."""
    found: list[Any] = client.api.containers(all=True, filters=ownership.mine(deployment.identity))
    return {one["Labels"][ownership.SERVICE]: one["Id"] for one in found if ownership.SERVICE in one["Labels"]}


def _start(client: docker.DockerClient, name: str, container: str, prepare: Prepare) -> None:
    try:
        prepare(name, container)
        client.api.start(container)
    except APIError as error:
        raise not_started(name, error) from error


def not_started(name: str, error: APIError) -> LocalenvError:
    """The error for a container that Docker does not start."""
    reason = str(error.explanation)
    known = refusals.explained(reason, daemon.publisher)
    kind = EngineError if known and known.is_engine else NotReadyError
    cause, hint = (known.cause, known.hint) if known else (reason, "")
    return kind(f"{name} cannot be started: {cause}", log=[reason] if known else [], hint=hint)
