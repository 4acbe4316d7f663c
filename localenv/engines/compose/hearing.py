"""Whether a container does anything about being told to end: one that does not need not be waited for."""

import signal
from contextlib import suppress
from typing import Any

import docker

from localenv.engines.compose import listening
from localenv.host import kernel


def hears(client: docker.DockerClient, container: str) -> dict[str, Any] | None:
    """What Docker knows of a container whose first process has a handler for the signal that stops it; else None.

    Also where that cannot be seen.

    The kernel tells the first process of a container nothing that it has no handler for, but KILL.
    """
    told: dict[str, Any] = client.api.inspect_container(container)
    number, pid = _stop_signal(told["Config"]), int(told["State"].get("Pid") or 0)
    if number is None or not listening.is_of(pid, container):  # a pid of another machine, a virtual one perhaps
        return told
    return None if kernel.catches(pid, number) is False else told


def _stop_signal(config: dict[str, Any]) -> int | None:
    """`SIGTERM`, `TERM` or `15`; None for what has no name here."""
    told = str(config.get("StopSignal") or "SIGTERM").upper()
    if told.isdigit():
        return int(told)
    with suppress(KeyError):
        return signal.Signals[told if told.startswith("SIG") else f"SIG{told}"]
    return None
