"""Permissions that raw Compose keys require beyond an isolated container; a repository cannot grant them to itself."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localenv.errors.problems import KeyPath

DOCKER_SOCKET = "docker_socket"
RESERVED_LABELS = ("dev.localenv.", "com.docker.")  # prefixes that localenv and Compose use
MOUNTS = ("bind", "volume", "tmpfs", "image")  # the types of volumes

# key → what it grants; a key that is neither here nor in ORDINARY is not known to be harmless, and refused
_REASONS: Mapping[str, str] = {
    "privileged": "it gives the container this machine's root",
    "cap_add": "it gives the container powers over the kernel",
    "security_opt": "it weakens the confinement of the container",
    "devices": "it gives the container devices of this machine",
    "device_cgroup_rules": "it gives the container devices of this machine",
    "gpus": "it gives the container devices of this machine",
    "network_mode": "it gives the container this machine's network",
    "pid": "it shows processes of others to the container",
    "ipc": "it gives the container memory of others",
    "uts": "it gives the container this machine's name",
    "cgroup": "it moves the container out of its resource group",
    "cgroup_parent": "it moves the container out of its resource group",
    "userns_mode": "it makes the container's root this machine's",
    "runtime": "it runs the container with another program",
    "isolation": "it runs the container with another technology",
    "credential_spec": "it gives the container an account of this machine",
    "volumes_from": "it gives the container the data of others",
    "external_links": "it connects the container with others outside the environment",
    "use_api_socket": "it gives the container the Docker engine, which is this machine's root",
    "label_file": "it reads a file of this machine",
    "ssh": "it lets its build log in elsewhere as you",
    "provider": "it runs a program on this machine",
    "logging": "it makes the Docker engine send output elsewhere",
    "annotations": "it changes how the container's runtime works, which runs as this machine's root",
    "cpu_rt_period": "it gives the container processor time before this machine's own programs",
    "cpu_rt_runtime": "it gives the container processor time before this machine's own programs",
    "oom_kill_disable": "it keeps the container alive when this machine has no memory left",
    "oom_score_adj": "it makes the kernel kill this machine's own programs first when no memory is left",
    "priority": "it lets the container take processor time before this machine's own programs",
    "propagation": "it passes mounts between this machine and the container",
    "scale": "it starts more containers than the environment has services",
    DOCKER_SOCKET: "it gives the container the Docker engine, which is this machine's root",
}
NAMES = tuple(_REASONS)  # the valid entries of `permissions:` in the user's settings

ORDINARY = frozenset({
    "attach", "blkio_config", "cap_drop", "cpu_count", "cpu_percent", "cpu_period", "cpu_quota", "cpu_shares", "cpus",
    "cpuset", "deploy", "develop", "dns", "dns_opt", "dns_search", "domainname", "expose", "extra_hosts", "group_add",
    "hostname", "init", "labels", "links", "mac_address", "mem_limit", "mem_reservation", "mem_swappiness",
    "memswap_limit", "pids_limit", "platform", "post_start", "pre_stop", "pull_policy", "pull_refresh_after",
    "read_only", "restart", "shm_size", "stdin_open", "stop_grace_period", "stop_signal", "storage_opt", "sysctls",
    "tmpfs", "tty", "ulimits", "user", "volumes", "working_dir",
})  # fmt: skip
_OWN = {  # harmless values, by key
    "privileged": (False, "false"),
    "ipc": ("private", "none", "shareable"),
    "cgroup": ("private",),
    "use_api_socket": (False, "false"),
    "oom_kill_disable": (False, "false"),
    "scale": (1, "1"),
    "security_opt": ("no-new-privileges", "no-new-privileges:true", "no-new-privileges=true"),
}
_PRIORITIES = ("nice", "rtprio")  # limits that let a program leave its turn
_APART = ("private", "rprivate")  # mounts that neither side passes on
_SPREADING = frozenset({"shared", "rshared", "slave", "rslave"})
_KEPT_HERE = ("json-file", "local", "none")  # local log drivers
_SOCKETS = ("/var/run/docker.sock", "/run/docker.sock", "/run/podman/podman.sock", "/run/containerd/containerd.sock")
_SOCKET_NAMES = frozenset({"docker.sock", "docker.raw.sock", "podman.sock", "containerd.sock"})

_DEVICES = ("deploy", "resources", "reservations", "devices")
_COPIES = ("deploy", "replicas")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One permission that a service requires: its name, the key below `compose:`, and what it grants."""

    permission: str
    key: KeyPath
    reason: str


def asked(compose: Mapping[str, Any]) -> Iterator[Asked]:
    """The permissions that raw keys require; volume sources must be absolute, folders outside are not checked here."""
    for key, value in compose.items():
        if key.startswith("x-") or not value:
            continue
        if key not in ORDINARY and not _gives_nothing(key, value):
            yield _asked(key, (key,))
    yield from _below(compose)
    volumes = compose.get("volumes")
    for number, volume in enumerate(volumes if isinstance(volumes, list | tuple) else ()):
        source = bound(volume)
        if source is not None and leads_to_docker(Path(source)):
            yield _asked(DOCKER_SOCKET, ("volumes", number))
        if _is_passed_on(volume):
            yield _asked("propagation", ("volumes", number))


def reason(permission: str) -> str:
    """What a permission grants."""
    return _REASONS[permission]


def is_known(key: str) -> bool:
    """Whether localenv knows a raw Compose key."""
    return key in ORDINARY or key in _REASONS or key.startswith("x-")


def bound(volume: Any) -> str | None:
    """The folder or file on this machine that a raw volume mounts; None if it mounts none."""
    if isinstance(volume, Mapping):
        source = volume.get("source", volume.get("src"))
        return str(source) if volume.get("type") == "bind" and source is not None else None
    source, colon, _ = str(volume).partition(":")
    return source if colon and source.startswith(("/", ".", "~")) else None


def leads_to_docker(path: Path) -> bool:
    """Whether a container with this path mounted, symbolic links resolved, could control a container engine."""
    real = Path(os.path.realpath(path))
    if real.name in _SOCKET_NAMES or path.name in _SOCKET_NAMES:
        return True
    return any(_is_at_or_below(socket, real) for socket in map(os.path.realpath, _sockets()))


def _asked(permission: str, key: KeyPath) -> Asked:
    return Asked(permission=permission, key=key, reason=_REASONS.get(permission, ""))


def _gives_nothing(key: str, value: Any) -> bool:
    if key in ("pid", "ipc", "cgroup") and str(value).startswith("service:"):
        return True
    if key == "logging" and isinstance(value, Mapping):
        return value.get("driver", "json-file") in _KEPT_HERE
    if key == "oom_score_adj":
        return str(value).isdecimal()  # it may only offer itself first
    harmless = _OWN.get(key, ())
    values = value if isinstance(value, list | tuple) else [value]
    return all(one in harmless for one in values)


def _below(compose: Mapping[str, Any]) -> Iterator[Asked]:
    """Nested keys: copies, reserved devices, priorities, privileged hooks and commands of a watch."""
    if _at(compose, *_DEVICES):
        yield _asked("devices", _DEVICES)
    if _at(compose, *_COPIES) not in (None, *_OWN["scale"]):
        yield _asked("scale", _COPIES)
    yield from (_asked("priority", ("ulimits", limit)) for limit in _PRIORITIES if _at(compose, "ulimits", limit))
    develop: Any = compose.get("develop")
    watch = _listed(develop.get("watch") if isinstance(develop, Mapping) else None)
    steps: list[tuple[KeyPath, Any]] = [
        *(((hook, number), step) for hook in ("post_start", "pre_stop") for number, step in _listed(compose.get(hook))),
        *((("develop", "watch", at, "exec"), rule.get("exec")) for at, rule in watch if isinstance(rule, Mapping)),
    ]
    for where, step in steps:
        if isinstance(step, Mapping) and step.get("privileged") not in (None, *_OWN["privileged"]):
            yield _asked("privileged", (*where, "privileged"))


def _at(compose: Any, *keys: str) -> Any:
    """A nested value; None where there is none."""
    for key in keys:
        compose = compose.get(key) if isinstance(compose, Mapping) else None
    return compose


def _is_passed_on(volume: Any) -> bool:
    """Whether mounts that one side makes appear on the other."""
    if isinstance(volume, Mapping):
        return _at(volume, "bind", "propagation") not in (None, "", *_APART)
    return not _SPREADING.isdisjoint(str(volume).rpartition(":")[2].split(","))


def _listed(value: Any) -> Iterator[tuple[int, Any]]:
    yield from enumerate(value if isinstance(value, list | tuple) else ())


def _sockets() -> Iterator[str]:
    yield from _SOCKETS
    host = os.environ.get("DOCKER_HOST", "")
    if host.startswith("unix://"):
        yield host.removeprefix("unix://")
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if runtime:
        yield from (f"{runtime}/docker.sock", f"{runtime}/podman/podman.sock")


def _is_at_or_below(socket: str, real: Path) -> bool:
    if not os.path.exists(socket):  # noqa: PTH110 - a text, many times
        return False
    return Path(socket).is_relative_to(real) or (real.exists() and real.samefile(socket))
