"""The stub servers of a running environment, and the stubs put into them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from localenv.engines import Deployment
from localenv.stack import Reader, Upstream
from localenv.stubs import layers

if TYPE_CHECKING:
    from localenv.stubs.admin import Admin


def admin(deployment: Deployment, server: str) -> "Admin":
    """The admin API of a stub server; close it."""
    from localenv.stubs.admin import Admin  # its HTTP client is not for an `up` that finds nothing to do

    connection = deployment.resolution.connection(server, Reader.MACHINE)
    return Admin(port=int(connection.port), password=password(deployment, server), hosts=hosts(deployment, server))


def hosts(deployment: Deployment, server: str) -> dict[str, tuple[str, ...]]:
    """The Host headers by which a server's upstreams are told apart."""
    answered = [one for one in deployment.stack.upstreams.values() if one.server == server]
    return {one.name: tuple(dict.fromkeys(_hosts(deployment, one))) for one in answered}


def _hosts(deployment: Deployment, upstream: Upstream) -> Iterator[str]:
    yield from layers.hosts(upstream, deployment.ports[upstream.name])
    host, port = deployment.resolution.place.address(Reader.INSIDE, upstream.name)
    if host != upstream.name:
        yield f"{host}:{port}"
        if port == "80":  # which clients leave out
            yield host


def password(deployment: Deployment, server: str) -> str:
    """The password of its admin API."""
    return deployment.resolution.password(server)


def load(deployment: Deployment, *upstreams: str, is_new: bool = False) -> None:
    """Put the stubs of upstreams, as they are on disk now, into the server they share; raises DescriptionError.

    One that `is_new` holds nothing yet.
    """
    chosen = [deployment.stack.upstreams[name] for name in upstreams]
    with admin(deployment, chosen[0].server) as opened:
        opened.load(*chosen, is_new=is_new)
