"""The relay of a stub server: one program for all its upstreams."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

from localenv.engines import Deployment
from localenv.engines.native import scripts, supervising
from localenv.engines.native.place import HERE
from localenv.engines.native.program import Program
from localenv.stack import Reader, Service

Route = tuple[str, int, str, int]  # listens on host, port; leads to host, port


def name(server: str) -> str:
    """What the guard calls the relay of a stub server; not a name a description can say."""
    return f".relay.{server}"


def argv(routes: Sequence[Route]) -> tuple[str, ...]:
    """The program that serves these routes."""
    return scripts.argv("relay", json.dumps(routes))


def start(deployment: Deployment, server: Service) -> None:
    """Lead every upstream's port, and the address it has of its own, to the server."""
    environment = {"PATH": os.environ.get("PATH", os.defpath)}
    program = Program(argv=argv(_routes(deployment, server)), environment=environment, folder=Path("/"))
    supervising.spawn(deployment.identity, name(server.name), supervising.INTERNAL, program)


def _routes(deployment: Deployment, server: Service) -> list[Route]:
    target = deployment.ports[server.name]
    found: list[Route] = []
    for one in deployment.stack.upstreams.values():
        found.append((HERE, deployment.ports[one.name], HERE, target))
        host, port = deployment.settlement.place.address(Reader.INSIDE, one.name)
        if (host, int(port)) != found[-1][:2]:
            found.append((host, int(port), HERE, target))
    return found
