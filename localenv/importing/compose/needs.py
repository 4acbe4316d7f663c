"""Turn a service with a known image into a need: its login, database, options and files of data."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from localenv.importing import Checkout
from localenv.importing.compose import commands, ports, seeds
from localenv.importing.compose.files import Project
from localenv.importing.compose.server_files import ServerFiles
from localenv.importing.compose.texts import mapped
from localenv.importing.images import Image, Known
from localenv.importing.sketch import Sketch
from localenv.importing.targets import NEEDS, Reachable
from localenv.needs.kinds import KINDS

_VARIABLES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "postgres": {
        "user": ("POSTGRES_USER", "POSTGRESQL_USERNAME", "POSTGRESQL_USER", "POSTGRES_USERNAME"),
        "password": ("POSTGRES_PASSWORD", "POSTGRESQL_PASSWORD", "POSTGRESQL_POSTGRES_PASSWORD", "POSTGRES_PASS"),
        "database": ("POSTGRES_DB", "POSTGRESQL_DATABASE", "POSTGRES_DBNAME"),
    },
    "mysql": {
        "user": ("MYSQL_USER", "MARIADB_USER"),
        "password": ("MYSQL_PASSWORD", "MARIADB_PASSWORD", "MYSQL_ROOT_PASSWORD", "MARIADB_ROOT_PASSWORD"),
        "database": ("MYSQL_DATABASE", "MARIADB_DATABASE"),
    },
    "redis": {"password": ("REDIS_PASSWORD", "VALKEY_PASSWORD")},
    "rabbitmq": {
        "user": ("RABBITMQ_DEFAULT_USER", "RABBITMQ_USERNAME"),
        "password": ("RABBITMQ_DEFAULT_PASS", "RABBITMQ_PASSWORD"),
        "vhost": ("RABBITMQ_DEFAULT_VHOST", "RABBITMQ_VHOST"),
    },
    "nats": {},
}
_DEFAULT_USERS = {"postgres": "postgres", "mysql": "root", "mariadb": "root", "rabbitmq": "guest"}
_SILENT = frozenset({  # variables that a need does not require
    "PGDATA", "TZ", "MYSQL_ROOT_HOST", "ALLOW_EMPTY_PASSWORD", "LANG", "LC_ALL", "MYSQL_TCP_PORT", "PGPORT", "PGUSER",
    "MYSQL_RANDOM_ROOT_PASSWORD", "MARIADB_RANDOM_ROOT_PASSWORD", "MYSQL_HOST", "MYSQL_PORT", "POSTGRES_PORT",
    "POSTGRES_HOST", "REDIS_PORT", "REDIS_HOST", "REDIS_PORT_NUMBER", "PGPASSWORD", "PGDATABASE",
})  # fmt: skip
_MULTIPLE = ("POSTGRES_MULTIPLE_DATABASES", "POSTGRES_MULTIPLE_DBS", "POSTGRES_DBS", "POSTGRES_DATABASES")
_FREE = ("ALLOW_EMPTY_PASSWORD", "POSTGRES_HOST_AUTH_METHOD", "MYSQL_ALLOW_EMPTY_PASSWORD", "MARIADB_ALLOW_EMPTY_ROOT")
_OWN_KEYS = frozenset({  # keys whose purpose localenv has itself
    "image", "build", "environment", "env_file", "command", "entrypoint", "ports", "expose", "volumes", "healthcheck",
    "restart", "container_name", "hostname", "networks", "depends_on", "logging", "labels", "stop_grace_period",
    "profiles", "secrets", "configs", "links", "extends", "init", "tty", "stdin_open", "pull_policy", "shm_size",
    "user", "cap_add", "security_opt", "ulimits", "deploy", "mem_limit", "cpus", "platform", "tmpfs", "privileged",
})  # fmt: skip
_OF_ITS_MACHINE = frozenset({  # options of a server that say where it runs, which localenv decides
    "bind", "port", "protected_mode", "dir", "daemonize", "supervised", "pidfile", "logfile", "datadir", "socket",
    "pid_file", "bind_address", "tmpdir", "listen_addresses", "data_directory", "log_error", "listeners.tcp.default",
    "skip_name_resolve", "unix_socket_directories", "dynamic_shared_memory_type",
})  # fmt: skip
_MANAGEMENT = 15672  # the port of RabbitMQ's page and API
_POSTGRES_FLAGS = {"-N": "max_connections", "-B": "shared_buffers", "-S": "work_mem"}


@dataclass(kw_only=True)
class NeedSource:
    """A service of a Compose file that becomes a need."""

    name: str
    original: str
    service: Mapping[str, Any]
    image: Image
    known: Known
    full_image: str
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)  # with atoms
    private: frozenset[str] = frozenset()  # variables of an `env_file`, whose values are not written
    files: Mapping[str, str] = field(default_factory=dict)  # secret files: variable → secret
    copies: Sequence[tuple[Path, str]] = ()  # files that its own Dockerfile puts in place
    own_files: ServerFiles = field(default_factory=ServerFiles)  # its configuration

    @property
    def kind(self) -> str:
        """postgres, redis, …"""
        return self.known.kind

    def value(self, member: str) -> tuple[str, str]:
        """The variable that sets its user, password or database, and the value."""
        kind = "mysql" if self.kind == "mariadb" else self.kind
        for name in _VARIABLES[kind].get(member, ()):
            if self.variables.get(name):
                return name, self.variables[name]
        return "", ""


def target(source: NeedSource, project: Project) -> Reachable:
    """The need, for those who refer to it."""
    kind = KINDS[source.kind]
    user = source.value("user")[1] or _DEFAULT_USERS.get(source.kind, "")
    roots = [source.variables.get(f"{prefix}_ROOT_PASSWORD", "") for prefix in ("MYSQL", "MARIADB")]
    options = _options(source, project)
    words = [source.value("password")[1], options.get("requirepass", ""), options.get("pass", ""), *roots]
    if source.kind == "rabbitmq" and not words[0]:
        words[0] = "guest"
    database = source.value("database")[1] or (user if source.kind == "postgres" else "")
    passwords = tuple(dict.fromkeys(word for word in words if word))
    user = options.get("user", user) if source.kind == "nats" else user
    declared, _ = ports.of(source.service, project)
    return Reachable(
        name=source.name,
        section=NEEDS,
        kind=source.kind,
        port=_port(source, options) or kind.port,
        user=user,
        passwords=passwords,
        database=database,
        is_unknown=not any(source.value(one)[0] for one in ("user", "password", "database")) and not _is_free(source),
        published={one.published: one.target for one in declared if one.published},
        ports={_MANAGEMENT: "management"} if _has_management(source, project) else {},
    )


def _has_management(source: NeedSource, project: Project) -> bool:
    """Whether it is RabbitMQ with its page and API."""
    declared, _ = ports.of(source.service, project)
    is_published = any(one.target == _MANAGEMENT for one in declared)
    return source.kind == "rabbitmq" and (is_published or "management" in source.image.tag)


def _port(source: NeedSource, options: Mapping[str, str]) -> int | None:
    """The port that its server listens on, if it is configured."""
    names = ("REDIS_PORT_NUMBER", "POSTGRESQL_PORT_NUMBER", "PGPORT", "MYSQL_TCP_PORT", "RABBITMQ_NODE_PORT_NUMBER")
    given = [source.variables.get(name, "") for name in names]
    given += [options.get("port", ""), options.get("listeners.tcp.default", "")]
    return next((int(one) for one in given if one.isdigit() and 0 < int(one) < 1 << 16), None)


def write(source: NeedSource, found: Reachable, project: Project, sketch: Sketch, place: Checkout) -> None:
    """Write the need."""
    need: dict[str, Any] = {}
    sketch.section(NEEDS)[source.name] = need
    here = (NEEDS, source.name)
    version = source.image.version or source.known.version
    tag = source.known.version or version or KINDS[source.kind].version
    need[source.kind] = re.sub(r"^[\d.]+", r"\g<0>-management", tag) if found.ports and "management" not in tag else tag
    if not version:
        given = source.image.tag or "no version"
        sketch.comment(f"{project.folder.name and sketch.source} says {given}", *here, source.kind)
    if not source.known.is_official or source.image.digest:
        if source.full_image:
            need["image"] = source.full_image
    elif source.known.version:
        sketch.comment(f"was {source.image.repository}", *here, source.kind)
    if source.known.extensions:
        need["extensions"] = [*source.known.extensions]
    if found.port != KINDS[source.kind].port:
        need["port"] = found.port
    _login(source, found, project, sketch, need)
    _databases(source, project, sketch, need)
    _settings(source, project, sketch, need)
    seeds.write(source, project, sketch, need, place)
    _rest(source, found, project, sketch)


def _login(source: NeedSource, found: Reachable, project: Project, sketch: Sketch, need: dict[str, Any]) -> None:
    kind, atoms, here = KINDS[source.kind], project.atoms, (NEEDS, source.name)
    if kind.login and kind.login.has_user and found.user:
        name = source.value("user")[0]
        user = _fixed(found.user, project, is_private=name in source.private)
        if user and not kind.login.refusal(user):
            need["user"] = user
        elif name in source.private or atoms.has_atoms(found.user):
            sketch.comment(f"user and database are called after the environment, not by {name}", *here)
    if not found.passwords:
        if source.kind in ("redis", "nats"):
            need["password"] = ""
            sketch.comment("none, as there", *here, "password")
        elif _is_free(source):
            sketch.comment("has a random password: clients must use ${" + source.name + ".url}", *here)
        return
    name, word = source.value("password")[0], found.passwords[0]
    if name in source.private or name in source.files:
        sketch.comment("the password is random for each environment", *here)
    elif atoms.has_atoms(word) and not atoms.shown(word):
        sketch.comment(f"the password is random for each environment, not {_names(word, project)}", *here)
    else:
        need["password"] = atoms.written(word)


def _is_free(source: NeedSource) -> bool:
    """Whether its server asks nobody for a password."""
    return any(source.variables.get(name) for name in _FREE)


def _names(word: str, project: Project) -> str:
    found = [name for name, atom in project.atoms.variables.items() if atom in word]
    return ", ".join(found) or "that of a variable"


def _fixed(value: str, project: Project, *, is_private: bool) -> str:
    """A value of a key without references; never one of a private file."""
    return "" if is_private else project.atoms.shown(value)


def _databases(source: NeedSource, project: Project, sketch: Sketch, need: dict[str, Any]) -> None:
    if not KINDS[source.kind].has_databases:
        return
    name, given = source.value("database")
    several = next((source.variables[one] for one in _MULTIPLE if source.variables.get(one)), "")
    first = _fixed(given, project, is_private=name in source.private)
    more = [one for one in re.split(r"[,;\s]+", project.atoms.shown(several)) if one]
    if more:
        need["databases"] = list(dict.fromkeys(filter(None, [first or need.get("user", ""), *more])))
    elif first:
        need["database"] = first
    elif source.kind == "postgres" and need.get("user") and not given:
        need["database"] = need["user"]
    elif source.kind != "postgres" and not given:
        need["database"] = None


def _options(source: NeedSource, project: Project) -> dict[str, str]:
    """The options of its server in its command, by name."""
    words = [*commands.words(source.service.get("entrypoint"), project.atoms)]
    words = words if not any(word.endswith(".sh") for word in words) else []
    words += commands.words(source.service.get("command"), project.atoms)
    if words[:2] in (["sh", "-c"], ["bash", "-c"], ["/bin/sh", "-c"], ["/bin/bash", "-c"]) and len(words) > 2:
        words = [*commands.words(words[2].replace("exec ", "").partition("&&")[0], project.atoms)]
        words = [word.strip("\"'") for word in words if word not in ("sh", "-c")]
        words = words[0].split() if len(words) == 1 else words
    given = dict(_parsed(words, source.kind))
    return {**source.own_files.settings, **given}


def _parsed(words: Sequence[str], kind: str) -> Iterator[tuple[str, str]]:
    """Options as `--name value`, `--name=value`, `-c name=value`."""
    position = 0
    while position < len(words):
        word, value = words[position], words[position + 1] if position + 1 < len(words) else ""
        position += 1
        if kind == "postgres" and word in ("-c", *_POSTGRES_FLAGS):
            name, _, given = value.partition("=") if word == "-c" else (_POSTGRES_FLAGS[word], "", value)
            position += 1
            yield name, given
        elif kind == "postgres" and word.startswith("-c") and "=" in word:
            yield word[2:].partition("=")[0], word.partition("=")[2]
        elif word.startswith("-") and len(word.lstrip("-")) > 1 and "=" in word:
            yield word.lstrip("-").partition("=")[0], word.partition("=")[2]
        elif word.startswith("--") or (kind == "nats" and word.startswith("-")):
            values = []
            while position < len(words) and not words[position].startswith("-"):
                values.append(words[position])
                position += 1
            yield word.lstrip("-"), " ".join(value or '""' for value in values) or "ON"


def _settings(source: NeedSource, project: Project, sketch: Sketch, need: dict[str, Any]) -> None:
    kind, settings = KINDS[source.kind], {}
    for name, value in _options(source, project).items():
        if name in ("requirepass", "masterauth", "user", "pass", "config_file"):
            continue
        is_name = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.-]*", name)
        if source.kind == "nats" and name in ("js", "jetstream", "m", "http_port", "sd", "store_dir", "p", "port"):
            continue
        if kind.settings is None or not is_name or kind.settings.taken(name):
            if not (kind.settings and is_name and name.replace("-", "_") in _OF_ITS_MACHINE):
                sketch.leave_out(f"{source.original}: option {name} of its server", "localenv sets it itself")
            continue
        settings[name] = project.atoms.written(value)
    if source.kind == "rabbitmq" and (host := _fixed(source.value("vhost")[1], project, is_private=False)):
        settings["default_vhost"] = host
    if settings:
        need["settings"] = settings


def _rest(source: NeedSource, found: Reachable, project: Project, sketch: Sketch) -> None:
    known = {name for names in _VARIABLES.values() for one in names.values() for name in one}
    for name in source.variables:
        plain = name.removesuffix("_FILE")
        is_said = plain in known or name in _SILENT or name in _MULTIPLE or name in _FREE or name in source.private
        if not is_said and "PASSWORD" not in name:
            sketch.leave_out(f"{source.original}: {name}", f"a need of {source.kind} does not take it")
    for key in source.service:
        if key not in _OWN_KEYS and not key.startswith("x-"):
            sketch.leave_out(f"{source.original}: {key}", "a need has no such key")
    if source.service.get("profiles"):
        sketch.leave_out(f"{source.original}: profiles", "a need always runs")
    devices = mapped(mapped(source.service.get("deploy")).get("resources"))
    if devices.get("limits"):
        sketch.leave_out(f"{source.original}: deploy.resources.limits", "a need has no limits")
    declared, _ = ports.of(source.service, project)
    usual = _port(source, _options(source, project)) or KINDS[source.kind].port
    if others := [str(one.target) for one in declared if one.target not in (usual, *found.ports)]:
        sketch.leave_out(f"{source.original}: port {', '.join(others)}", "a need has the port of its server alone")
