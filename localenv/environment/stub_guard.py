"""Look after the running stub servers: limit their journals, and have one started again that ran out of memory.

The guard runs a program for each server, on both engines, so that it works for detached environments too.
"""

import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from localenv import paths, stubs
from localenv.engines import Deployment
from localenv.environment import stubbing
from localenv.guard import client, where
from localenv.stack import Role
from localenv.stubs.server import USER

_PROGRAM = str(Path(stubs.__file__).resolve().with_name("limiting.py"))
_LOGIN = "LOCALENV_STUBS_LOGIN"  # read by that program
_START = "import sys; from localenv.environment.up.stub_restart import restart; restart(*sys.argv[1:])"


def begin(deployment: Deployment) -> None:
    """Look after every stub server of an environment from now on; replaces earlier programs."""
    folder = paths.state(deployment.identity, make=False)
    for server in deployment.stack.of(Role.STUBS):
        spec = _spec(deployment, server.name)
        with suppress(client.NoGuard, client.RequestRefused):
            client.ask(folder, "stop", names=[spec["name"]], forget=True)
            client.ask(folder, "spawn", spec=spec)


def _spec(deployment: Deployment, server: str) -> dict[str, Any]:
    """The program for the guard; it ends before the server does."""
    identity, name = deployment.identity, f".limit.{server}"
    again = (sys.executable, "-P", "-c", _START, identity, server)
    file = str(paths.stub_losses(identity, server))
    login = f"{USER}:{stubbing.password(deployment, server)}"
    return {
        "name": name,
        "role": "background",
        "argv": [sys.executable, "-I", "-S", _PROGRAM, str(deployment.ports[server]), file, *again],
        "environment": {**client.environment(), _LOGIN: login, where.MARK: f"{identity}/{name}"},
        "folder": "/",
        "log": str(paths.log(identity, name)),
        "group": f"localenv.{identity}.{name}",
        "mark": identity,
    }
