"""The relay of a stub server: one program for all its upstreams."""

import json
import os
import socket
from collections.abc import Iterator, Sequence
from errno import EACCES
from pathlib import Path
from typing import IO

from localenv.engines import Deployment
from localenv.engines.native import programs, scripts, supervising
from localenv.engines.native.program import Program
from localenv.errors import NotReadyError
from localenv.host import locks, loopback
from localenv.host.loopback import HERE
from localenv.stack import Reader, Service
from localenv.stubs.recognition import MARK

_PATIENCE = 10.0  # seconds for a relay to listen

RelayRoute = tuple[str, int, str, int, str]  # listen host, port; forward host, port; header for each request


def argv(gate: Path, routes: Sequence[RelayRoute]) -> tuple[str, ...]:
    """The program that serves these routes as soon as the lock of the gate is free."""
    return scripts.argv("gate", str(gate), json.dumps(routes), *scripts.argv("relay"))


def start(deployment: Deployment, server: Service) -> IO[str]:
    """Forward every upstream's port, also at an IP address of its own, to the server.

    Clients wait until the returned gate is closed or this process exits. Raises NotReadyError naming the upstream whose
    address is not available.
    """
    routes = list(_routes(deployment, server))
    for upstream, (host, port, *_) in routes:
        _check(upstream, host, port)
    file = programs.data(deployment.identity, server.name) / "gate"
    gate = os.fdopen(os.open(file, os.O_RDWR | os.O_CREAT, 0o600), "r+")
    try:
        locks.take(gate)
        environment = {"PATH": os.environ.get("PATH", os.defpath)}
        program = Program(argv=argv(file, [route for _, route in routes]), environment=environment, folder=Path("/"))
        supervising.spawn(deployment.identity, supervising.relay(server.name), supervising.INTERNAL, program)
        for upstream, (host, port, *_) in routes[-1:]:
            _await(upstream, host, port)
    except BaseException:
        gate.close()
        raise
    return gate


def _routes(deployment: Deployment, server: Service) -> Iterator[tuple[str, RelayRoute]]:
    """Each route with its upstream."""
    target = deployment.ports[server.name]
    for one in deployment.stack.upstreams.values():
        published = deployment.ports[one.name]
        header = f"{MARK}: {one.name}"
        yield one.name, (HERE, published, HERE, target, header)
        host, port = deployment.resolution.place.address(Reader.INSIDE, one.name)
        if (host, int(port)) != (HERE, published):
            yield one.name, (host, int(port), HERE, target, header)


def _check(upstream: str, host: str, port: int) -> None:
    """Check that the address is free: the server's probe bypasses the relay, so it would not detect a failure."""
    try:
        socket.create_server((host, port)).close()
    except OSError as error:
        refused = "only root may bind this port; choose another port:, or use --engine compose"
        hint = refused if error.errno == EACCES else "in use; choose another port:, or stop the other program"
        reason = os.strerror(error.errno or 0).lower()
        raise NotReadyError(f"{upstream}: cannot listen on {host}:{port}: {reason}", hint=hint) from error


def _await(upstream: str, host: str, port: int) -> None:
    """Return when the last address of a relay, and so all of them, listens."""
    if not loopback.awaited(host, port, within=_PATIENCE):
        raise NotReadyError(f"{upstream}: its relay does not listen on {host}:{port}")
