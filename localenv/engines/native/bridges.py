"""What leads services to programs on this machine, which they reach without help under the program's own address."""

from collections.abc import Sequence

from localenv.engines import Deployment, bridging
from localenv.engines.bridging import LocalRoute
from localenv.host.loopback import HERE


def start(deployment: Deployment, key: str, routes: Sequence[LocalRoute]) -> None:
    """A forwarder, if a route has addresses besides the program's own."""
    bridging.stop(deployment.identity, key)
    if any(route.listen for route in routes):
        bridging.start(deployment.identity, key, routes)


def address(route: LocalRoute) -> tuple[str, int]:
    """The address of the program."""
    return HERE, route.to


def stop(identity: str, key: str) -> None:
    """End the forwarder."""
    bridging.stop(identity, key)
