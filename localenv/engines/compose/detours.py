"""Lead the clients of a need through this machine: a bridge takes its name on the environment's network.

The need keeps its published port, which the forwarder of the bridge uses.
"""

from localenv.engines import Deployment
from localenv.engines.bridging import LocalRoute
from localenv.stack import Reader, Service

_NOWHERE = 4999  # a port on which a bridge may listen so that the need's own one refuses


def away(name: str) -> str:
    """The name of a need whose own one a bridge has."""
    return f"localenv.away.{name}"


def routes(deployment: Deployment, service: Service, delay: float | None) -> list[LocalRoute]:
    """The routes of the bridge: from the ports of a need to the published ones; with None none that leads anywhere."""
    names = (service.name, *service.aliases)
    if delay is None:
        return [LocalRoute(name=name, port=_NOWHERE, to=0) for name in names]
    targets = {port.target: port.name for port in reversed(service.ports)}
    address = deployment.resolution.place.address
    published = {target: int(address(Reader.MACHINE, name)[1]) for target, name in targets.items()}
    return [
        LocalRoute(name=name, port=target, to=port, delay=delay) for name in names for target, port in published.items()
    ]
