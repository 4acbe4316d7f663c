"""The relay of a stub server: one program for all its upstreams."""

import json
import os
import socket
from collections.abc import Iterator, Sequence
from errno import EACCES
from pathlib import Path

from localenv.engines import Deployment
from localenv.engines.native import scripts, supervising
from localenv.engines.native.place import HERE
from localenv.engines.native.program import Program
from localenv.errors import NotReadyError
from localenv.stack import Reader, Service

Route = tuple[str, int, str, int]  # listens on host, port; leads to host, port


def name(server: str) -> str:
    """What the guard calls the relay of a stub server; not a name a description can say."""
    return f".relay.{server}"


def argv(routes: Sequence[Route]) -> tuple[str, ...]:
    """The program that serves these routes."""
    return scripts.argv("relay", json.dumps(routes))


def start(deployment: Deployment, server: Service) -> None:
    """Lead every upstream's port, and the address it has of its own, to the server.

    Raises NotReadyError naming the upstream whose address cannot be had.
    """
    supervising.stop(deployment.identity, [name(server.name)], forget=True)  # one that has outlived its server
    routes = list(_routes(deployment, server))
    for upstream, (host, port, *_) in routes:
        _check(upstream, host, port)
    environment = {"PATH": os.environ.get("PATH", os.defpath)}
    program = Program(argv=argv([route for _, route in routes]), environment=environment, folder=Path("/"))
    supervising.spawn(deployment.identity, name(server.name), supervising.INTERNAL, program)


def _routes(deployment: Deployment, server: Service) -> Iterator[tuple[str, Route]]:
    """Each with the upstream that it is of."""
    target = deployment.ports[server.name]
    for one in deployment.stack.upstreams.values():
        published = deployment.ports[one.name]
        yield one.name, (HERE, published, HERE, target)
        host, port = deployment.settlement.place.address(Reader.INSIDE, one.name)
        if (host, int(port)) != (HERE, published):
            yield one.name, (host, int(port), HERE, target)


def _check(upstream: str, host: str, port: int) -> None:
    """Nobody asks the relay whether it listens: its server is asked without it."""
    try:
        socket.create_server((host, port)).close()
    except OSError as error:
        refused = "ports this low are root's on this machine: say another one, port:, or use --engine compose"
        hint = refused if error.errno == EACCES else "something else has it: say another one, port:, or end that"
        reason = os.strerror(error.errno or 0).lower()
        raise NotReadyError(f"{upstream}: {host}:{port} cannot be listened on: {reason}", hint=hint) from error
