"""Look after the running stub servers: limit their journals, and have one started again that ran out of memory.

The guard runs a program for each server, on both engines, so that it works for detached environments too.
"""

from localenv import paths
from localenv.engines import Deployment
from localenv.environment import stubbing
from localenv.guard import client, own_programs
from localenv.stack import Role
from localenv.stubs.server import USER

_LOGIN = "LOCALENV_STUBS_LOGIN"  # read by that program


def begin(deployment: Deployment) -> None:
    """Look after every stub server of an environment from now on; replaces earlier programs."""
    for server in deployment.stack.of(Role.STUBS):
        _begin(deployment, server.name)


def _begin(deployment: Deployment, server: str) -> None:
    identity, name = deployment.identity, f".limit.{server}"
    again = client.task("restart-stubs", identity, server)
    file = str(paths.stub_losses(identity, server))
    login = f"{USER}:{stubbing.password(deployment, server)}"
    own_programs.stop(identity, name)  # the server may have another port now
    own_programs.start(
        identity,
        name,
        "stubs.limiting",
        str(deployment.ports[server]),
        file,
        *again,
        environment={**client.environment(), _LOGIN: login},
    )
