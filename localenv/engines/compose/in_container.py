"""Run a short program in a running container."""

from collections.abc import Sequence
from concurrent.futures import TimeoutError as TimedOut
from functools import partial

import docker

from localenv.engines.compose import api
from localenv.errors import EngineError
from localenv.host.background import in_background
from localenv.process import Completed

_PATIENCE = 5.0  # seconds


def execute(client: docker.DockerClient, container: str, argv: Sequence[str], *, user: str) -> Completed | None:
    """Its exit code and output; None if it cannot run, or does not end within seconds."""
    try:
        return in_background(partial(_completed, client, container, list(argv), user)).result(_PATIENCE)
    except (EngineError, TimedOut):
        return None


def _completed(client: docker.DockerClient, container: str, argv: list[str], user: str) -> Completed:
    with api.translated():
        made = client.api.exec_create(container, argv, user=user)
        output = client.api.exec_start(made["Id"])
        details = client.api.exec_inspect(made["Id"])
    return Completed(code=int(details["ExitCode"] or 0), output=output.decode(errors="replace"))
