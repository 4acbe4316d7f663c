"""Docker's API: the endpoint the command line would use, and the daemon's refusals in our words."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import docker
import requests
from docker.context import ContextAPI
from docker.errors import APIError, DockerException

from localenv.engines.compose import pulse, refusals
from localenv.errors import EngineError

_SOCKET = "unix:///var/run/docker.sock"
PATIENCE = 5  # seconds for the first answer of the daemon
_WITHOUT_PULSE = 60  # seconds for any answer where there is no Unix socket
_OF_THE_DAEMON = 500
_SEE = "see what it says: journalctl -u docker (or Docker Desktop's diagnosis); starting Docker anew may help"


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
    socket_path = address(where)
    if socket_path:
        _knock(socket_path, patience)
    with translated():
        client = docker.DockerClient(base_url=where, timeout=patience, version="auto")
        client.api.timeout = _WITHOUT_PULSE
        if socket_path:
            pulse.steady(client, socket_path)
        return client


def _knock(where: str, patience: int) -> None:
    """See whether anybody is there: the client itself takes its time to find out, and leaves the door open."""
    try:
        with socket.socket(socket.AF_UNIX) as knocking:
            knocking.settimeout(patience)
            knocking.connect(where)
    except OSError as error:
        raise _from_words(f"dial unix {where}: {error.strerror or error}".lower(), error) from error


def endpoint() -> str | None:
    """`DOCKER_HOST`, else the current context's; None for the platform's default."""
    if host := os.environ.get("DOCKER_HOST"):
        return host
    context = ContextAPI.get_current_context()
    return str(context.Host) if context is not None and context.Host else None


def address(where: str | None) -> str | None:
    """The Unix socket of an endpoint; None where it is no such thing."""
    path = (where or _SOCKET).removeprefix("unix://")
    return path if hasattr(socket, "AF_UNIX") and path.startswith("/") else None


def silence() -> EngineError:
    """What to raise when the daemon takes calls and answers none."""
    hint = f"it is stalled, or has far too much to do; {_SEE}"
    return EngineError(f"Docker at {_named()} does not answer", hint=hint)


@contextmanager
def translated() -> Iterator[None]:
    """Turn what the client raises into an EngineError that names the endpoint, the cause, and what to do."""
    try:
        yield
    except APIError as error:
        raise _from_words(str(error.explanation or error), error) from error
    except requests.Timeout as error:
        raise silence() from error
    except (DockerException, requests.RequestException) as error:
        innermost = _innermost(error)
        if isinstance(innermost, TimeoutError):
            raise silence() from error
        raise _gone(innermost) from error


def _from_words(words: str, error: Exception) -> EngineError:
    known = refusals.explained(words)
    if known:
        return EngineError(f"Docker at {_named()}: {known.cause} ({words})", hint=known.hint)
    if isinstance(error, APIError) and (error.status_code or 0) >= _OF_THE_DAEMON:
        return EngineError(f"Docker at {_named()} fails with an error of its own: {words}", hint=_SEE)
    return EngineError(f"Docker at {_named()}: {words}", hint="" if isinstance(error, APIError) else refusals.START)


def _gone(error: BaseException) -> EngineError:
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    known = refusals.explained(f"dial unix {_named()}: {reason}".lower())
    cause = known.cause if known else "it went away in the middle of a call: it was stopped, or started anew"
    return EngineError(f"Docker at {_named()}: {cause} ({reason})", hint=known.hint if known else refusals.START)


def _named() -> str:
    return endpoint() or "its default socket"


def _innermost(error: BaseException) -> BaseException:
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__ or error
    return error
