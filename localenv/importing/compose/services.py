"""Write a service of a Compose file as a service of a description."""

import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from localenv.importing import Checkout, allowed_hosts
from localenv.importing.compose import (
    builds,
    code_addresses,
    commands,
    env_files,
    healthchecks,
    listening,
    mounts,
    natively,
    passing,
    raw_keys,
    watching,
)
from localenv.importing.compose.files import Project
from localenv.importing.compose.secret_files import SecretFiles
from localenv.importing.compose.texts import mapped, text
from localenv.importing.connecting import Connections
from localenv.importing.repository import fixed_ports
from localenv.importing.repository.finds import Finds
from localenv.importing.sketch import Sketch
from localenv.importing.targets import SERVICES, Hosts, Reachable, needs_of
from localenv.stack.permissions import RESERVED_LABELS

_BUILD_KEYS = ("target", "dockerfile_inline")


@dataclass(kw_only=True)
class Writing:
    """What writing a service needs to know."""

    project: Project
    sketch: Sketch
    place: Checkout
    hosts: Hosts
    secrets: SecretFiles
    names: Mapping[str, str]  # of services, in the description
    private: dict[str, frozenset[str]] = field(default_factory=dict)

    @cached_property
    def needs(self) -> Sequence[Reachable]:
        """The needs among the hosts."""
        return needs_of(self.hosts)


@dataclass(frozen=True, kw_only=True)
class ServiceSource:
    """A service of a Compose file that stays one."""

    name: str
    original: str
    service: Mapping[str, Any]
    target: Reachable
    depends_on: Mapping[str, str]  # names in the description, with conditions
    links: Sequence[str] = ()
    aliases: Sequence[str] = ()
    image: str = ""  # with atoms
    trusting: Sequence[str] = ()  # needs that ask nobody for a password there


def write(source: ServiceSource, writing: Writing) -> None:
    """Write the service; what has no counterpart is named."""
    service, project, sketch = source.service, writing.project, writing.sketch
    found: dict[str, Any] = {}
    sketch.section(SERVICES)[source.name] = found
    if source.name != source.original:
        sketch.comment(f"{source.original} in {sketch.source}", SERVICES, source.name)
    build = _build(source, writing)
    if build is not None:
        found["build"] = build
    elif source.image:
        found["image"] = project.atoms.written(source.image)
    connections = Connections(
        hosts=writing.hosts, needs=writing.needs, texts=project.atoms, own=source.name, profiles=source.target.profiles
    )
    _commands(source, found, connections, project)
    _ports(source, found, sketch)
    if source.aliases:
        found["aliases"] = [*source.aliases]
    _healthcheck(source, found, writing)
    _environment(source, found, connections, writing)
    _labels(source, found, connections, writing)
    if watch := [*watching.written(source.name, mapped(service.get("develop")), sketch, writing.place, project)]:
        found["watch"] = watch
    if source.depends_on:
        plain = all(how == "service_started" for how in source.depends_on.values())
        found["depends_on"] = (
            [*source.depends_on] if plain else {name: {"condition": how} for name, how in source.depends_on.items()}
        )
    if source.target.profiles:
        found["profiles"] = [*source.target.profiles]
    _raw(source, found, writing)
    if build is not None and not isinstance(build, str | dict):
        return
    natively.write(source, found, writing)
    _fixed_port(source, found, writing)
    _code_addresses(source, found, connections, writing)


def _fixed_port(source: ServiceSource, found: dict[str, Any], writing: Writing) -> None:
    """Give a program whose code names the port an address of its own, where that port is free without Docker too."""
    folder, port = builds.context(source.service), source.target.port
    if port is None or folder is None or sys.platform != "linux" or "${port}" in str(found):
        return
    inside = Checkout(repository=writing.place.repository, home=folder)
    if fixed_ports.is_named(port, (text for _, text in Finds(place=inside).sources)):
        found["address"] = "own"
        why = "its code names the port; without this, natively it needs ${port}"
        writing.sketch.comment(why, SERVICES, source.name, "address")


def _code_addresses(source: ServiceSource, found: dict[str, Any], connections: Connections, writing: Writing) -> None:
    """Give its program without Docker the addresses that its code has for containers; name those that it fixes."""
    folder, native = builds.context(source.service), found.get("native")
    if folder is None or native is None:
        return
    known = {**found.get("environment", {}), **native.get("environment", {})}
    if given := code_addresses.defaults(source, folder, connections, writing, known):
        native["environment"] = {**native.get("environment", {}), **given}
        for key in given:
            why = "its code has the address of a container"
            writing.sketch.comment(why, SERVICES, source.name, "native", "environment", key)
    for host, file in code_addresses.fixed(folder, connections, writing):
        what = f"{source.name}: the host {host} in {file}"
        writing.sketch.leave_out(what, "without Docker there is no such host: read it from a variable")


def _healthcheck(source: ServiceSource, found: dict[str, Any], writing: Writing) -> None:
    asked = mapped(source.service.get("healthcheck"))
    if check := healthchecks.translated(asked, source.target, writing.project):
        found["healthcheck"] = check
    elif source.target.port is not None and not source.target.is_http:
        found["healthcheck"] = {"tcp": True}
    elif healthchecks.is_given(asked):
        writing.sketch.leave_out(f"{source.name}: healthcheck", "it checks a port, and the service has none")


def _build(source: ServiceSource, writing: Writing) -> Any:
    service, project, sketch = source.service, writing.project, writing.sketch
    folder, given = builds.context(service), mapped(service.get("build"))
    if folder is None:
        return None
    found: dict[str, Any] = {"context": os.path.relpath(folder, writing.place.envs)}
    if (named := project.plain(given.get("dockerfile"))) and "dockerfile_inline" not in given and named != "Dockerfile":
        found["dockerfile"] = os.path.relpath(folder / named, folder)
    found |= {key: project.plain(given[key]) for key in _BUILD_KEYS if given.get(key)}
    defaults = builds.defaults_of(service, project)
    arguments = {
        key: project.atoms.read(f"${{{key}:-{defaults.get(key, '')}}}" if value is None else text(value))
        for key, value in mapped(given.get("args")).items()
    }
    if arguments:
        found["args"] = {key: project.atoms.written(value) for key, value in arguments.items()}
    if contexts := mapped(given.get("additional_contexts")):
        found["additional_contexts"] = {
            name: os.path.relpath(path, writing.place.envs) if str(path).startswith("/") else path
            for name, path in contexts.items()
            if not str(path).startswith("service:")
        }
    secrets = [text(one.get("source") if isinstance(one, Mapping) else one) for one in given.get("secrets") or ()]
    known = [writing.secrets.names["secrets", one] for one in secrets if ("secrets", one) in writing.secrets.names]
    for one in secrets:
        if ("secrets", one) in writing.secrets.names:
            writing.secrets.make("secrets", one)
    if known:
        found["secrets"] = known
    for key in given.keys() - {"context", "dockerfile", "args", "additional_contexts", "secrets", *_BUILD_KEYS}:
        why = "your user settings may allow it" if key == "ssh" else "no counterpart"
        sketch.leave_out(f"{source.original}: build.{key}", why)
    return found["context"] if found.keys() == {"context"} else found


def _commands(source: ServiceSource, found: dict[str, Any], connections: Connections, project: Project) -> None:
    for key in ("entrypoint", "command"):
        words = commands.words(source.service.get(key), project.atoms)
        if words:
            replaced = [connections.line(word) for word in words]
            found[key] = commands.written(listening.command(replaced, source.target, project), project.atoms)


def _ports(source: ServiceSource, found: dict[str, Any], sketch: Sketch) -> None:
    target, here = source.target, (SERVICES, source.name)
    published = {port: here_port for here_port, port in target.published.items()}
    if target.port is not None:
        found["port"] = target.port
        if target.port in published and _advertises(source, published[target.port]):
            found["publish"] = published[target.port]
            sketch.comment("it announces this port to clients", *here, "publish")
        elif target.port in published:
            sketch.comment(f"there at {published[target.port]}: publish: {published[target.port]}", *here, "port")
    if target.ports:
        found["ports"] = {name: number for number, name in target.ports.items()}


def _advertises(source: ServiceSource, port: int) -> bool:
    """Whether it tells clients of this machine where it is, as Kafka does: then it has to be there."""
    given = (text(one) for one in mapped(source.service.get("environment")).values())
    return any(re.search(rf"(?!https?)\b[A-Za-z_]+://(localhost|127\.0\.0\.1):{port}\b", one) for one in given)


def _environment(source: ServiceSource, found: dict[str, Any], connections: Connections, writing: Writing) -> None:
    service, project, sketch = source.service, writing.project, writing.sketch
    given = {key: passing.own_value(key, value, project) for key, value in mapped(service.get("environment")).items()}
    puts = writing.secrets.used(source.name, service)
    paths_to = {put.path: put for put in puts if put.reference}
    found_in = connections.variables(given)
    result: dict[str, str] = {}
    for key, value in found_in.items():
        put = paths_to.pop(project.atoms.resolved(value), None) or next(
            (one for one in puts if one.reference and one.path == project.atoms.resolved(value)), None
        )
        shown = f"{put.reference}" if put else project.atoms.written(value)
        listens = listening.variable(key, project.atoms.plain(value), source.target)
        result[key] = listens or allowed_hosts.completed(key, shown)
    for put in paths_to.values():
        result[put.key] = put.reference
        sketch.comment(f"mounts {put.path}", SERVICES, source.name, "environment", put.key)
    result |= _private_addresses(found_in, connections, project)
    files, overrides = env_files.written(source, connections, writing, result)
    result |= overrides
    files += passing.written(source, result, writing)
    if not files:
        _give_logins(source, result, connections, writing)
    if source.trusting and not _names_login(result, source.trusting[0]):
        result["PGPASSWORD"] = f"${{{source.trusting[0]}.password}}"
        sketch.comment("here the need has a password", SERVICES, source.name, "environment", "PGPASSWORD")
    for key, value in result.items():
        if value.startswith("${env.") and value.endswith(":-}") and key in given:
            why = "set it in .env, or in your shell; until then it is empty"
            sketch.comment(why, SERVICES, source.name, "environment", key)
    if result:
        found["environment"] = result
    if files:
        found["env_file"] = files
    if put_mounts := [put.mount for put in puts if put.mount]:
        found.setdefault("compose", {}).setdefault("volumes", []).extend(put_mounts)


def _private_addresses(
    written: Mapping[str, str], connections: Connections, project: Project
) -> Iterator[tuple[str, str]]:
    """The variables whose whole value is in `.env`, where that is the address of a need."""
    for key, value in written.items():
        if len(value) == 1 and (known := project.atoms.resolved(value)) and "://" in known:
            replaced = connections.text(known)
            if replaced != known and env_files.is_public(project.atoms.literal(replaced)):
                yield key, project.atoms.written(replaced)


def _give_logins(source: ServiceSource, result: dict[str, str], connections: Connections, writing: Writing) -> None:
    """The login of a need that Compose takes from `.env`, for a service that is built with that file."""
    if "build" not in source.service:
        return
    names = {atom: name for name, atom in writing.project.atoms.variables.items()}
    for need in connections.needs:
        is_client = any(f"${{{need.name}." in value for value in result.values())
        if not is_client or _names_login(result, need.name):
            continue
        for attribute, value in (("user", need.user), ("password", need.passwords[:1]), ("database", need.database)):
            if (name := names.get("".join(value), "")) and name not in result:
                result[name] = f"${{{need.name}.{attribute}}}"
                sketch_at = (SERVICES, source.name, "environment", name)
                writing.sketch.comment(f"its code is likely to read it, as {need.name} has it in .env", *sketch_at)


def _names_login(environment: Mapping[str, str], need: str) -> bool:
    """Whether a variable has the password of a need."""
    return any(f"${{{need}.{one}}}" in value for value in environment.values() for one in ("url", "password"))


def _labels(source: ServiceSource, found: dict[str, Any], connections: Connections, writing: Writing) -> None:
    atoms = writing.project.atoms
    labels = {
        key: atoms.written(atoms.read(text(value)))
        for key, value in mapped(source.service.get("labels")).items()
        if key and "$" not in key and not key.startswith(RESERVED_LABELS)
    }
    if labels:
        found["labels"] = labels


def _raw(source: ServiceSource, found: dict[str, Any], writing: Writing) -> None:
    compose = raw_keys.written(source.name, source.service, writing.project, writing.sketch)
    volumes = [*mounts.written(source.name, source.service.get("volumes") or [], writing.sketch, writing.place)]
    earlier = found.pop("compose", {}).get("volumes", [])
    if volumes or earlier:
        compose["volumes"] = [*volumes, *earlier]
    compose |= {"links": [*source.links]} if source.links else {}
    if compose:
        found["compose"] = compose
