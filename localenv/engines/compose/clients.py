"""Put into a container what the clients and tools of a need connect with, for scripts and shells that call them."""

from functools import partial

import docker

from localenv.engines import Deployment
from localenv.engines.compose import copying
from localenv.engines.compose.copying import Content
from localenv.needs import bare_clients
from localenv.needs.kinds import KINDS
from localenv.stack import Reader

_FIRST = "/usr/local/sbin"  # on the PATH of images
_PROGRAM = 0o755


def put(client: docker.DockerClient, container: str, deployment: Deployment, need: str, *, server: str = "") -> None:
    """Put a script in front of each bare client; from another container, its `server`, the files its tools read."""
    copying.put(client, container, _scripts(deployment, need) | _files(client, deployment, need, server))


def _scripts(deployment: Deployment, need: str) -> dict[str, Content | None]:
    resolved = partial(deployment.resolution.argv, reader=Reader.INSIDE, own=need)
    found = bare_clients.scripts(deployment.stack.needs[need], resolved)
    return {f"{_FIRST}/{name}": Content(data=script.encode(), mode=_PROGRAM) for name, script in found.items()}


def _files(client: docker.DockerClient, deployment: Deployment, need: str, server: str) -> dict[str, Content | None]:
    wanted = KINDS[deployment.stack.needs[need].kind].tools_read if server else ()
    found = copying.contents(client, server, wanted)
    return {path: one for path, one in found.items() if one}
