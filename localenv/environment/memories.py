"""What a need holds in memory alone, across a stop of its server."""

import shutil
from collections.abc import Iterator
from contextlib import suppress

from localenv import paths
from localenv.data import snapshots
from localenv.data.snapshots import PartlyRestored
from localenv.engines import Deployment
from localenv.errors import JobError
from localenv.needs.kinds import KINDS
from localenv.stack import Connection, Need, Reader
from localenv.stack.workers import owns_server, server_of


def keep(deployment: Deployment, home: str) -> None:
    """Copy it before the server `home` stops, unless an earlier copy waits to be put back."""
    for need, connection in _needs(deployment, home):
        if not is_kept(deployment, need.name):
            with suppress(JobError):  # a server that does not answer
                snapshots.snapshot(
                    need, connection, paths.memories(deployment.identity), whole=_is_whole(deployment, need)
                )


def is_kept(deployment: Deployment, need: str) -> bool:
    """Whether a copy waits to be put back."""
    return need in snapshots.found(paths.memories(deployment.identity))


def bring_back(deployment: Deployment, home: str) -> None:
    """Put it back into the server, which is ready. Raises JobError, which names what could not be put back."""
    folder = paths.memories(deployment.identity)
    for need, connection in _needs(deployment, home):
        if is_kept(deployment, need.name):
            with suppress(PartlyRestored):
                snapshots.restore(need, connection, folder, whole=_is_whole(deployment, need))
            shutil.rmtree(folder / need.name)


def forget(deployment: Deployment, home: str) -> None:
    """Remove the copy: the server begins anew."""
    folder = paths.memories(deployment.identity)
    for need, _ in _needs(deployment, home):
        shutil.rmtree(folder / need.name, ignore_errors=True)


def _is_whole(deployment: Deployment, need: Need) -> bool:
    return owns_server(deployment.stack, need.name)


def _needs(deployment: Deployment, home: str) -> Iterator[tuple[Need, Connection]]:
    for name, need in deployment.stack.needs.items():
        if not KINDS[need.kind].keeps_data and server_of(deployment.stack, name) == home:
            yield need, deployment.resolution.connection(name, Reader.MACHINE)
