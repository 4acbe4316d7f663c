"""A service's raw Compose keys in the format of Docker's API, for the containers of its jobs."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from docker.types import Ulimit

_BILLION = 1_000_000_000  # Docker counts processor time in billionths of a CPU
_Form = tuple[str, Callable[[Any], Any]]


def _list(value: Any) -> list[Any]:
    return [value] if isinstance(value, str) else list(value)


def _pairs(value: Any) -> Iterable[tuple[str, str]]:
    """The entries of a mapping, or of a list of `name=value` or `name:value`."""
    if isinstance(value, Mapping):
        return [(str(name), str(one)) for name, one in value.items()]
    split = (re.split("[=:]", str(one), maxsplit=1) for one in value)
    return [(one[0], one[1] if len(one) > 1 else "") for one in split]


def _ulimits(value: Mapping[str, Any]) -> list[Ulimit]:
    """A limit is one number, or a soft and a hard one."""
    both = {name: one if isinstance(one, Mapping) else {"soft": one, "hard": one} for name, one in value.items()}
    return [Ulimit(name=name, soft=int(one["soft"]), hard=int(one["hard"])) for name, one in both.items()]


def _hosts(value: Any) -> list[str]:
    return [f"{name}:{address}" for name, address in _pairs(value)]


def _is_true(value: Any) -> bool:
    return str(value).lower() == "true"


def _cpus(value: Any) -> int:
    return int(float(value) * _BILLION)


def _as_it_is(value: Any) -> Any:
    return value


# the names in Docker's client
_OF_CONTAINER: Mapping[str, _Form] = dict.fromkeys(
    ("user", "working_dir", "hostname", "domainname", "platform"), ("", str)
)
_OF_HOST: Mapping[str, _Form] = {
    **dict.fromkeys(("dns", "dns_search", "dns_opt", "group_add", "cap_add", "cap_drop", "security_opt"), ("", _list)),
    **dict.fromkeys(("devices", "device_cgroup_rules"), ("", _list)),
    **dict.fromkeys(("init", "read_only", "privileged", "oom_kill_disable"), ("", _is_true)),
    **dict.fromkeys(("shm_size", "mem_limit", "memswap_limit", "mem_reservation"), ("", _as_it_is)),
    **dict.fromkeys(("runtime", "userns_mode"), ("", str)),
    **dict.fromkeys(("pids_limit", "oom_score_adj", "mem_swappiness"), ("", int)),
    **dict.fromkeys(("cpu_shares", "cpu_quota", "cpu_period", "cpu_count", "cpu_percent"), ("", int)),
    "cpus": ("nano_cpus", _cpus),
    "cpuset": ("cpuset_cpus", str),
    "extra_hosts": ("", _hosts),
    "sysctls": ("", lambda value: dict(_pairs(value))),
    "ulimits": ("", _ulimits),
}  # fmt: skip
_OF_LIMITS: Mapping[str, str] = {"cpus": "cpus", "memory": "mem_limit", "pids": "pids_limit"}  # of `deploy.resources`


def of_container(compose: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments for `create_container`."""
    return _converted(compose, _OF_CONTAINER)


def of_host(compose: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments for `create_host_config`: what affects a program's access, permissions and limits."""
    return _converted({**_limits(compose), **compose}, _OF_HOST)


def _converted(compose: Mapping[str, Any], forms: Mapping[str, _Form]) -> dict[str, Any]:
    known = {key: forms[key] for key in compose if key in forms and compose[key] not in (None, "")}
    return {name or key: form(compose[key]) for key, (name, form) in known.items()}


def _limits(compose: Mapping[str, Any]) -> dict[str, Any]:
    """The limits of `deploy.resources`, under the names they have outside of it."""
    limits: Any = compose
    for key in ("deploy", "resources", "limits"):
        limits = limits.get(key) if isinstance(limits, Mapping) else None
    return {_OF_LIMITS[key]: value for key, value in (limits or {}).items() if key in _OF_LIMITS}
