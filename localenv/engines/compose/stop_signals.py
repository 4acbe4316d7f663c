"""Check whether a container handles its stop signal: otherwise waiting for it to stop is pointless."""

import signal
from contextlib import suppress
from typing import Any

import docker

from localenv.engines.compose import listening
from localenv.host import kernel


def handling(client: docker.DockerClient, container: str) -> dict[str, Any] | None:
    """Details of a container whose main process handles its stop signal, or may do so; else None.

    The kernel delivers signals other than KILL to the main process of a container only if it has a handler.
    """
    details: dict[str, Any] = client.api.inspect_container(container)
    number, pid = _stop_signal(details["Config"]), int(details["State"].get("Pid") or 0)
    if number is None or not listening.is_of(pid, container):  # the pid is of another, perhaps virtual machine
        return details
    return None if kernel.catches(pid, number) is False else details


def _stop_signal(config: dict[str, Any]) -> int | None:
    """Parse `SIGTERM`, `TERM` or `15`; None for an unknown signal."""
    name = str(config.get("StopSignal") or "SIGTERM").upper()
    if name.isdigit():
        return int(name)
    with suppress(KeyError):
        return signal.Signals[name if name.startswith("SIG") else f"SIG{name}"]
    return None
