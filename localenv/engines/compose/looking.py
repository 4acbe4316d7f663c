"""Observe an environment's Docker resources, by label."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from localenv.engines import Observed, Seen
from localenv.engines.compose import ownership
from localenv.engines.compose.daemon import Daemon
from localenv.host import kernel
from localenv.stack import Role
from localenv.stack.states import ServiceState

_STATES = {"dead": ServiceState.EXITED, "removing": ServiceState.EXITED}


def observe(daemon: Daemon, identity: str, *, closely: bool) -> Observed:
    """Containers with their states; other resources only by name."""
    mine = ownership.mine(identity)
    return _observed(daemon, daemon.containers(mine), daemon.networks(mine), closely=closely)


def survey(daemon: Daemon) -> dict[str, Observed]:
    """The same for every environment of this user."""
    filters = ownership.mine()
    containers, networks = _by_environment(daemon.containers(filters)), _by_environment(daemon.networks(filters))
    return {
        name: _observed(daemon, containers.get(name, ()), networks.get(name, ()), closely=False)
        for name in containers.keys() | networks.keys()
    }


def _by_environment(entries: Iterable[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for entry in entries:
        found.setdefault(entry["Labels"][f"{ownership.LABEL}environment"], []).append(entry)
    return found


def _observed(
    daemon: Daemon, containers: Iterable[Mapping[str, Any]], networks: Iterable[Mapping[str, Any]], *, closely: bool
) -> Observed:
    services = {}
    others = [f"network {network['Name']}" for network in networks]
    for entry in containers:
        seen = _seen(daemon, entry, closely=closely)
        if seen is None:
            continue
        if seen.role in (Role.JOB, Role.BRIDGE):
            others.append(f"container {entry['Names'][0].lstrip('/')}")
        else:
            services[seen.name] = seen
    return Observed(services=services, others=tuple(others))


def container_id(daemon: Daemon, identity: str, name: str) -> str | None:
    """The container of a service; None if there is none."""
    filters = {"label": [*ownership.mine(identity)["label"], f"{ownership.SERVICE}={name}"]}
    found = daemon.containers(filters)
    return str(found[0]["Id"]) if found else None


def _seen(daemon: Daemon, entry: Mapping[str, Any], *, closely: bool) -> Seen | None:
    labels = entry["Labels"]
    state = entry["State"]
    if state == "running" and not closely:
        details: Mapping[str, Any] = {}
    else:
        found = daemon.container(entry["Id"])
        if found is None:  # removed since it was listed
            return None
        details = found
    inner = details.get("State", {})
    shown = inner.get("Status", state)
    pid = _pid(inner.get("Pid", 0), entry["Id"])
    return Seen(
        name=labels.get(ownership.SERVICE, ""),
        role=labels.get(ownership.ROLE, ""),
        state=_STATES.get(shown) or ServiceState(shown),
        id=entry["Id"],
        holder=entry["Id"],
        image=entry["ImageID"],
        exit_code=inner.get("ExitCode") if shown != "running" else None,
        out_of_memory=bool(inner.get("OOMKilled")),
        restarts=details.get("RestartCount", 0),
        waited=kernel.waited(pid) if pid else 0.0,
        busy=kernel.busy(pid) if pid else None,
        error=inner.get("Error", ""),
        ports={port["PrivatePort"]: port["PublicPort"] for port in entry["Ports"] if port.get("PublicPort")},
    )


def _pid(pid: int, container: str) -> int:
    """The first process of a container; 0 without one, and where Docker runs on another machine or in a VM."""
    with suppress(OSError):
        if pid and container in Path(f"/proc/{pid}/cgroup").read_text():
            return pid
    return 0
