"""Stop a container, without waiting for a main process that its stop signal does not end."""

import signal
from contextlib import suppress
from typing import Any

import docker

from localenv.engines.compose import listening
from localenv.host import kernel
from localenv.host.waiting import until

_GIVES_UP = ("node", "nodejs")
_LEAST = 1  # seconds for a container to stop, unless `stop_grace_period` is longer
_PAUSE = 0.01  # seconds


def stop(client: docker.DockerClient, container: str) -> None:
    """Stop a container; a main process that handles its stop signal has its stop time, at least a second."""
    if details := handling(client, container):
        stop_handling(client, details)
    else:
        client.api.stop(container, timeout=0)


def stop_handling(client: docker.DockerClient, details: dict[str, Any]) -> None:
    """Stop a container whose main process handles its stop signal, or may do so."""
    grace = max(details["Config"].get("StopTimeout") or 0, _LEAST)
    if _may_give_up(details):
        _signal_until_it_gives_up(client, details, grace)
        grace = 0
    client.api.stop(details["Id"], timeout=grace)


def handling(client: docker.DockerClient, container: str) -> dict[str, Any] | None:
    """Details of a container whose main process handles its stop signal, or may do so; else None.

    The kernel delivers signals other than KILL to the main process of a container only if it has a handler.
    """
    details: dict[str, Any] = client.api.inspect_container(container)
    number, pid = _stop_signal(details), _pid(details)
    if number is None or not listening.is_of(pid, container):  # the pid is of another, perhaps virtual machine
        return details
    return None if kernel.catches(pid, number) is False else details


def _may_give_up(details: dict[str, Any]) -> bool:
    """Whether the main process is Node: its own handler removes itself and sends the signal again, in vain to PID 1.

    https://nodejs.org/api/process.html#signal-events
    """
    pid = _pid(details)
    return kernel.title(pid) in _GIVES_UP and listening.is_of(pid, details["Id"])


def _signal_until_it_gives_up(client: docker.DockerClient, details: dict[str, Any], seconds: float) -> None:
    """Send the stop signal; returns when the main process has exited or handles it no more, or `seconds` are over."""
    pid, number = _pid(details), _stop_signal(details)
    if number is not None:
        client.api.kill(details["Id"], signal=number)
        until(lambda: kernel.catches(pid, number) is not True, within=seconds, pause=_PAUSE)


def _pid(details: dict[str, Any]) -> int:
    return int(details["State"].get("Pid") or 0)


def _stop_signal(details: dict[str, Any]) -> int | None:
    """Parse `SIGTERM`, `TERM` or `15`; None for an unknown signal."""
    name = str(details["Config"].get("StopSignal") or "SIGTERM").upper()
    if name.isdigit():
        return int(name)
    with suppress(KeyError):
        return signal.Signals[name if name.startswith("SIG") else f"SIG{name}"]
    return None
