"""The stub servers of a running environment, and the stubs put into them."""

from localenv.engines import Deployment
from localenv.stack import Reader
from localenv.stubs import layers
from localenv.stubs.admin import Admin


def admin(deployment: Deployment, server: str) -> Admin:
    """The admin API of a stub server; close it."""
    connection = deployment.settlement.connection(server, Reader.MACHINE)
    return Admin(port=int(connection.port), password=password(deployment, server), hosts=hosts(deployment, server))


def hosts(deployment: Deployment, server: str) -> dict[str, tuple[str, ...]]:
    """The Host headers by which a server's upstreams are told apart."""
    answered = [one for one in deployment.stack.upstreams.values() if one.server == server]
    return {one.name: layers.hosts(one, deployment.ports[one.name]) for one in answered}


def password(deployment: Deployment, server: str) -> str:
    """The password of its admin API."""
    return deployment.settlement.password(server)


def load(deployment: Deployment, upstream: str) -> None:
    """Put an upstream's stubs, as they are on disk now, into its server; raises DescriptionError."""
    one = deployment.stack.upstreams[upstream]
    with admin(deployment, one.server) as opened:
        opened.load(one)
