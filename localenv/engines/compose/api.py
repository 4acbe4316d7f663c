"""Docker's API: the endpoint the command line would use, and the daemon's refusals in our words."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import docker
import requests
from docker.context import ContextAPI
from docker.errors import DockerException

from localenv.errors import EngineError

LABEL = "dev.localenv."
_SOCKET = "unix:///var/run/docker.sock"
PATIENCE = 60  # seconds for one answer of the daemon


def connect(patience: int = PATIENCE) -> docker.DockerClient:
    """A client of the daemon that `docker` itself would talk to; raises EngineError where none answers.

    `patience` in seconds is for its first answer.
    """
    where = endpoint()
    if where and not where.startswith(("unix://", "npipe://")):
        raise EngineError(
            f"the Docker engine at {where} is not on this machine, so what it publishes cannot be reached on 127.0.0.1",
            hint="unset DOCKER_HOST, or choose a local one with `docker context use`",
        )
    _knock(where, patience)
    with refusals():
        client = docker.DockerClient(base_url=where, timeout=patience, version="auto")
        client.api.timeout = PATIENCE
        return client


def _knock(where: str | None, patience: int) -> None:
    """See whether anybody is there: the client itself takes its time to find out, and leaves the door open."""
    address = (where or _SOCKET).removeprefix("unix://")
    if not hasattr(socket, "AF_UNIX") or not address.startswith("/"):
        return
    try:
        with socket.socket(socket.AF_UNIX) as knocking:
            knocking.settimeout(patience)
            knocking.connect(address)
    except OSError as error:
        reason = error.strerror or str(error)
        raise EngineError(f"Docker at {where or _SOCKET}: {reason}", hint=_hint(error)) from error


def endpoint() -> str | None:
    """`DOCKER_HOST`, else the current context's; None for the platform's default."""
    if host := os.environ.get("DOCKER_HOST"):
        return host
    context = ContextAPI.get_current_context()
    return str(context.Host) if context is not None and context.Host else None


@contextmanager
def refusals() -> Iterator[None]:
    """Turn what the client raises into an EngineError that names the endpoint and the daemon's own words."""
    try:
        yield
    except (DockerException, requests.RequestException) as error:
        explanation = getattr(error, "explanation", None) or _innermost(error)
        raise EngineError(
            f"Docker at {endpoint() or 'its default socket'}: {explanation}", hint=_hint(error)
        ) from error


def _innermost(error: BaseException) -> str:
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__ or error
    return getattr(error, "strerror", None) or str(error)


def _hint(error: Exception) -> str:
    return "" if hasattr(error, "explanation") and error.explanation else "start Docker, or check `docker context ls`"
