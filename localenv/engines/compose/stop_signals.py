"""Whether a container handles the signal that stops it: one that does not need not be waited for."""

import signal
from contextlib import suppress
from typing import Any

import docker

from localenv.engines.compose import listening
from localenv.host import kernel


def handling(client: docker.DockerClient, container: str) -> dict[str, Any] | None:
    """What Docker knows of a container whose first process handles its stop signal, or may do so; else None.

    The kernel passes to the first process of a container no signal that it has no handler for, but KILL.
    """
    details: dict[str, Any] = client.api.inspect_container(container)
    number, pid = _stop_signal(details["Config"]), int(details["State"].get("Pid") or 0)
    if number is None or not listening.is_of(pid, container):  # a pid of another machine, a virtual one perhaps
        return details
    return None if kernel.catches(pid, number) is False else details


def _stop_signal(config: dict[str, Any]) -> int | None:
    """`SIGTERM`, `TERM` or `15`; None for what has no name here."""
    name = str(config.get("StopSignal") or "SIGTERM").upper()
    if name.isdigit():
        return int(name)
    with suppress(KeyError):
        return signal.Signals[name if name.startswith("SIG") else f"SIG{name}"]
    return None
