"""Translate pydantic's errors to the terms of the format, with positions."""

from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import ValidationError

from localenv.description.model import Model
from localenv.description.models import Document, NeedModel, SetupModel, StepModel
from localenv.description.need import WrittenNeed
from localenv.description.raw import described
from localenv.description.service import HealthcheckModel, ServiceModel
from localenv.description.upstream import WrittenUpstream, source_keys
from localenv.description.words import LATER, owner, subject, suggestion
from localenv.errors.problems import KeyPath, Position, Problem
from localenv.needs import others
from localenv.sources import Items, Node, Null, Table, Text
from localenv.stubs.sources import SOURCES

_INSTEAD: Mapping[tuple[type[Model], str], str] = {
    (ServiceModel, "secrets"): "a secret is mounted into services that refer to it: ${NAME.path}",
    (ServiceModel, "configs"): "a config is mounted into services that refer to it: ${NAME.path}",
    (ServiceModel, "container_name"): "containers are named after the environment",
    (ServiceModel, "working_dir"): "native: {working_dir: …}, or compose: {working_dir: …}",
    (HealthcheckModel, "test"): "use command: or http:",
    (HealthcheckModel, "path"): "use http: PATH",
    (StepModel, "working_dir"): "a command runs in the folder of its service",
    (SetupModel, "input"): "did you mean 'inputs'?",
    **dict.fromkeys(((Document, "openapi"), (Document, "swagger")), "put contracts outside envs/, see upstreams:"),
}
_SECTIONS: Mapping[str, type[Model]] = {
    "services": ServiceModel, "needs": WrittenNeed, "upstreams": WrittenUpstream,
}  # fmt: skip
_RAW = {
    "annotations", "blkio_config", "cap_add", "cap_drop", "cgroup", "cgroup_parent", "cpu_count", "cpu_percent",
    "cpu_shares", "cpus", "cpuset", "deploy", "devices", "dns", "dns_search", "domainname", "expose", "extra_hosts",
    "gpus", "group_add", "hostname", "init", "ipc", "isolation", "links", "logging", "mem_limit",
    "mem_reservation", "memswap_limit", "network_mode", "networks", "oom_score_adj", "pid", "pids_limit", "platform",
    "privileged", "pull_policy", "read_only", "restart", "runtime", "security_opt", "shm_size", "stdin_open",
    "stop_grace_period", "stop_signal", "sysctls", "tmpfs", "tty", "ulimits", "user", "userns_mode", "uts", "volumes",
}  # fmt: skip
_VARIABLES = ("environment", "args", "headers")
_TYPES = {"dict_type": "must be a mapping", "tuple_type": "must be a list", "list_type": "must be a list"}


def problems(error: ValidationError, model: type[Model], path: KeyPath, node: Node, key: Position) -> Iterator[Problem]:
    """The problems of a validation error for the node at a path, whose key is at `key`."""
    for one in error.errors(include_url=False):
        within = tuple(part for part in one["loc"] if part != "[key]")
        at = place(node, within, key)
        context: dict[str, Any] = one.get("ctx", {})
        match one["type"]:
            case "extra_forbidden":
                yield _unknown(model_at(model, within[:-1]), path, within, place(node, within, key, of_key=True))
            case "missing":
                whole = subject(path, within[:-1])
                yield Problem(f"{whole} has no {within[-1]}:", place(node, within[:-1], key), "required")
            case "mistake":
                reason, hint = context["reason"], context["hint"]
                if isinstance(one["input"], Null) and within[-2:-1] and within[-2] in _VARIABLES:
                    yield _no_value(str(within[-1]), subject(path, within[:-1]), place(node, within, key, of_key=True))
                    continue
                if isinstance(one["input"], Null) and not hint:
                    hint = "remove the key; null removes a key only in a file that extends another"
                yield Problem(f"{subject(path, within)} {reason}", context["at"] or at, hint)
            case kind:
                reason = f"{_TYPES[kind]}, not {described(one['input'])}" if kind in _TYPES else f": {one['msg']}"
                yield Problem(f"{subject(path, within)} {reason}", at)


def place(node: Node, within: KeyPath, key: Position, *, of_key: bool = False) -> Position:
    """The position of a value: a scalar's own, otherwise its key's; as precise as a short form allows."""
    at = key
    for part in within:
        if isinstance(node, Table) and part in node:
            at, node = node.positions[str(part)], node[str(part)]
        elif isinstance(node, Items) and isinstance(part, int) and part < len(node):
            node = node[part]
            at = node.at
        elif isinstance(part, str):
            break
    return node.at if isinstance(node, Text) and not of_key else at


def _no_value(name: str, whole: str, at: Position) -> Problem:
    hint = f"write {name}: '' for an empty string, or {name}: ${{env.{name}}} for the variable of this machine"
    return Problem(f"{whole} has no value for '{name}'", at, hint)


def model_at(model: type[Model], within: KeyPath) -> type[Model]:
    """The model of the value at a path within a model."""
    parts = iter(within)
    for part in parts:
        if isinstance(part, str) and part in model.model_fields:
            model = _inner(model.model_fields[part].annotation) or model
    return model


def unknown_key(key: str, model: type[Model], path: KeyPath, whole: str, at: Position) -> Problem:
    """The problem of an unknown key, with the closest known one."""
    if key in LATER.difference(source_keys(SOURCES)):
        return Problem(f"'{key}' of {whole} is not supported yet", at, others.hint(key) or "remove it")
    names = [field.alias or name for name, field in model.model_fields.items()]
    hint = _INSTEAD.get((model, key)) or (others.hint(key) if issubclass(model, NeedModel) else "")
    hint = hint or suggestion(key, names)
    if not hint and model is ServiceModel and key in _RAW:
        hint = f"put Compose keys under compose: {{{key}: …}}"
    hint = hint or _of_other_sections(key, model) or f"known keys: {', '.join(names)}"
    return Problem(f"unknown key '{key}' in {whole}", at, hint)


def _of_other_sections(key: str, model: type[Model]) -> str:
    """A hint for a key that belongs into another section; empty if there is none."""
    found = [f"{section}:" for section, other in _SECTIONS.items() if key in other.model_fields]
    return f"it is a key of {' and '.join(found)}" if found and model in _SECTIONS.values() else ""


def _unknown(model: type[Model], path: KeyPath, within: KeyPath, at: Position) -> Problem:
    whole = subject(path, within[:-1]) if within[:-1] else owner(path)
    return unknown_key(str(within[-1]), model, path, whole, at)


def _inner(annotation: Any) -> type[Model] | None:
    if isinstance(annotation, type) and issubclass(annotation, Model):
        return annotation
    return next((found for inner in get_args(annotation) if (found := _inner(inner))), None)
