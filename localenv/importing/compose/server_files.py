"""Configuration files that are mounted into a known server: their lines become settings of the need."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from localenv.importing import reading
from localenv.importing.compose.files import Project
from localenv.importing.compose.texts import mapped, text

_CONFIG = re.compile(r"(?<![\w.-])(/?[\w./-]+\.(?:conf|cnf|ini|json))(?![\w.-])")
_FOLDERS: Mapping[str, tuple[str, ...]] = {  # folders whose files a server reads by itself
    "mysql": ("/etc/mysql/", "/etc/my.cnf", "/opt/bitnami/mysql/conf/"),
    "mariadb": ("/etc/mysql/", "/etc/my.cnf", "/opt/bitnami/mariadb/conf/"),
    "rabbitmq": ("/etc/rabbitmq/",),
    "redis": ("/opt/bitnami/redis/mounted-etc/", "/opt/bitnami/valkey/mounted-etc/"),
    "postgres": ("/bitnami/postgresql/conf/", "/opt/bitnami/postgresql/conf/"),
}
_SECTIONS = frozenset({"mysqld", "server", "mariadb", "mariadbd", "client-server"})
_REPEATED = frozenset({"save", "client-output-buffer-limit"})  # of Redis, whose values are one after the other
# what a need cannot have: the server stays a service with its files mounted
_OTHER: Mapping[str, re.Pattern[str]] = {
    "redis": re.compile(r"include|loadmodule|rename-command|user|aclfile|(cluster|tls)-.*|replicaof|slaveof|sentinel"),
    "rabbitmq": re.compile(r"(management\.)?load_definitions|definitions\..*|.*ssl.*|auth_.*|cluster_formation\..*"),
    "postgres": re.compile(r"include(_dir|_if_exists)?|hba_file|ident_file|ssl_.*|.*_command"),
    "mysql": re.compile(r"ssl[-_].*|init[-_]file|.*\.cnf"),
}
_OF_RABBITMQ = re.compile(r"definitions.*\.json|enabled_plugins|advanced\.config|.*\.pem")


@dataclass(frozen=True, kw_only=True)
class ServerFiles:
    """The settings in these files, and their places in the container; `other`: why they cannot be settings."""

    settings: Mapping[str, str] = field(default_factory=dict)
    targets: frozenset[str] = frozenset()
    other: str = ""


def read(service: Mapping[str, Any], kind: str, copies: Sequence[tuple[Path, str]], project: Project) -> ServerFiles:
    """The configuration files of a server."""
    found = {target: file for target, file in _files(service, copies, project) if _is_read(service, kind, target)}
    why = _reason(service, kind, found)
    settings: dict[str, str] = {}
    for target in sorted(found):
        for name, value in _lines(kind, reading.text(found[target], within=project.bounds)):
            if _OTHER.get("mysql" if kind == "mariadb" else kind, re.compile("(?!)")).fullmatch(name.lower()):
                why = why or f"its {Path(target).name} has {name}"
            settings[name] = f"{settings[name]} {value}" if name in _REPEATED and name in settings else value
    return ServerFiles(settings={} if why else settings, targets=frozenset(found), other=why)


def _files(
    service: Mapping[str, Any], copies: Sequence[tuple[Path, str]], project: Project
) -> Iterator[tuple[str, Path]]:
    """Files of the repository by their places in the container."""
    for volume in service.get("volumes") or ():
        source, target = Path(str(volume.get("source", ""))), str(volume.get("target", "")).rstrip("/")
        if volume.get("type") != "bind":
            continue
        if source.is_dir():
            yield from ((f"{target}/{one.name}", one) for one in sorted(source.iterdir()) if one.is_file())
        elif source.is_file():
            yield target, source
    for written in service.get("configs") or ():
        entry = written if isinstance(written, Mapping) else {"source": written}
        about = mapped(project.configs.get(text(entry.get("source"))))
        if about.get("file") and Path(about["file"]).is_file():
            yield text(entry.get("target")) or f"/{text(entry.get('source'))}", Path(about["file"])
    yield from ((target, file) for file, target in copies)


def _is_read(service: Mapping[str, Any], kind: str, target: str) -> bool:
    """Whether a server reads a file: by itself, or because its command names it."""
    if target.startswith(_FOLDERS.get(kind, ())):
        return not target.startswith("/docker-entrypoint")
    words = " ".join(text(one) for key in ("entrypoint", "command") for one in _words(service.get(key)))
    return target in _CONFIG.findall(words) or (kind == "redis" and target.endswith("/redis.conf") and target in words)


def _reason(service: Mapping[str, Any], kind: str, found: Mapping[str, Path]) -> str:
    """Why a server stays a service; empty if its files can be settings."""
    if kind == "rabbitmq":
        names = [Path(target).name for target in found]
        if other := next((name for name in names if _OF_RABBITMQ.fullmatch(name)), ""):
            return f"it reads {other}"
        written = mapped(service.get("environment"))
        if "load_definitions" in text(written.get("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS")):
            return "it loads definitions"
    return f"it reads {Path(next(iter(found))).name}" if kind == "nats" and found else ""


def _lines(kind: str, content: str) -> Iterator[tuple[str, str]]:
    section = ""
    for raw in content.splitlines():
        line = raw.strip()
        if kind in ("mysql", "mariadb") and line.startswith("["):
            section = line.strip("[]").strip().lower()
        if not line or line.startswith(("#", ";", "[", "!")):
            continue
        if kind == "redis":
            name, _, value = line.partition(" ")
            yield name.lower(), _plain(value) if name.lower() in ("requirepass", "masterauth") else value.strip()
        elif kind in ("mysql", "mariadb"):
            name, equals, value = line.partition("=")
            if section in _SECTIONS:
                yield name.strip(), _plain(value.partition(" #")[0]) if equals else "ON"
        else:
            name, equals, value = line.partition("=")
            if not equals:
                name, _, value = line.partition(" ")
            yield name.strip(), _plain(value.partition(" #")[0])


def _plain(value: str) -> str:
    found = value.strip()
    return found[1:-1] if len(found) > 1 and found[0] == found[-1] and found[0] in "'\"" else found


def _words(written: Any) -> Sequence[Any]:
    return written if isinstance(written, list | tuple) else [written]
