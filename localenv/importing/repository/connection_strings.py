"""Settings of ASP.NET Core: connection strings and addresses in `appsettings.json`, which variables replace."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from localenv.importing import reading
from localenv.importing.repository import dotnet
from localenv.importing.repository.finds import Finds, FoundNeed, FoundService, FoundVariable

_FILES = ("appsettings.json", "appsettings.Development.json")
_COMMENT = re.compile(r"\"(?:[^\"\\]|\\.)*\"|(?P<comment>//[^\n]*|/\*.*?\*/)", re.DOTALL)
_COMMA = re.compile(r",(?=\s*[}\]])")
_ADDRESS = re.compile(r"(?:Ur[li]|Endpoint|BaseAddress)$", re.IGNORECASE)
_ASIDE = ("logg", "serilog", "kestrel", "cors")
_DRIVERS: Mapping[str, re.Pattern[str]] = {
    "postgres": re.compile(r"\bNpgsql\b"),
    "mariadb": re.compile(r"\bMariaDB\b"),
    "mysql": re.compile(r"\bMySql\b|\bMySqlConnector\b|\bPomelo\b"),
}
_DEEPEST = 5  # sections in one another
_SCHEMES = {"mongodb": "mongo", "amqp": "rabbitmq", "nats": "nats"}
_SERVER = re.compile(r"(?:^|;)\s*(?:host|server|data source|addr|address)\s*=\s*(?!\(localdb\))[^;]+", re.IGNORECASE)
_TABLES = re.compile(r"(?:^|;)\s*(?:database|initial catalog)\s*=", re.IGNORECASE)
_REDIS = re.compile(r"[\w.-]+:6379\b(?!.*://)|redis://")


def detect(finds: Finds) -> None:
    """Add a variable, and the need, for each connection string; and one for each address of another service."""
    for service in finds.services.values():
        for project in _projects(finds, service):
            settings = _merged(project.parent)
            for name, text in _texts(settings):
                key, is_aside = name.rpartition("__")[2], name.lower().startswith(_ASIDE)
                if name.startswith("ConnectionStrings__") or key.lower().endswith("connectionstring"):
                    _connect(finds, project, name, text)
                elif text.startswith(("http://", "https://")) and _ADDRESS.search(key) and not is_aside:
                    _add(finds, project, name).default = text


def _projects(finds: Finds, service: FoundService) -> list[Path]:
    """The projects for the web that a service may run: those that its Dockerfile names, or the first."""
    found = sorted(dotnet.projects(finds, service.folder), key=lambda one: (len(one.parts), one))
    written = reading.text(service.dockerfile) if service.dockerfile else service.inline
    return [one for one in found if one.stem in written] or found[:1]


def _merged(folder: Path) -> dict[str, Any]:
    """The settings of a folder, with those of developers over them."""
    found: dict[str, Any] = {}
    for name in _FILES:
        text = _COMMENT.sub(lambda one: "" if one["comment"] else one[0], reading.text(folder / name).lstrip("\ufeff"))
        try:
            read = json.loads(_COMMA.sub("", text) or "{}")
        except (ValueError, RecursionError):
            continue
        for key, value in read.items() if isinstance(read, dict) else ():
            before = found.get(key)
            found[key] = {**before, **value} if isinstance(before, dict) and isinstance(value, dict) else value
    return found


def _connect(finds: Finds, project: Path, name: str, text: str) -> None:
    where = f"{name} in {_shown(finds, project.parent / _FILES[0])}"
    kind = _kind(text, "\n".join(map(reading.text, dotnet.all_projects(finds, finds.home))))
    if kind:
        _add(finds, project, name).value = _written(finds.need(kind, where))
    elif _SERVER.search(text) and _TABLES.search(text):
        finds.left_out.append(f"{where}: localenv has no need for its server: add a service, or an upstream")


def _kind(text: str, packages: str) -> str:
    scheme = re.match(r"([a-z]+)(?:\+\w+)?://", text)
    if scheme and scheme[1] in _SCHEMES:
        return _SCHEMES[scheme[1]]
    if _REDIS.search(text):
        return "redis"
    is_server = _SERVER.search(text) and _TABLES.search(text)
    return next((kind for kind, driver in _DRIVERS.items() if driver.search(packages)), "") if is_server else ""


def _written(need: FoundNeed) -> str:
    """The connection string of a need, in the words of its driver."""
    of = {key: f"${{{need.name}.{key}}}" for key in ("host", "port", "database", "user", "password", "address", "url")}
    match need.kind:
        case "postgres":
            server, user = "Host", "Username"
        case "mysql" | "mariadb":
            server, user = "Server", "User"
        case kind:
            return of["address" if kind == "redis" else "url"]
    return (
        f"{server}={of['host']};Port={of['port']};Database={of['database']};{user}={of['user']};"
        f"Password={of['password']}"
    )


def _texts(settings: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    """The texts in sections, by the names of the variables that replace them."""
    for key, value in settings.items():
        if isinstance(value, dict) and path.count("__") < _DEEPEST:
            yield from _texts(value, f"{path}{key}__")
        elif path and isinstance(value, str):
            yield f"{path}{key}", value


def _add(finds: Finds, project: Path, name: str) -> FoundVariable:
    file = project.parent / _FILES[0]
    found = finds.variables.setdefault(name, FoundVariable(name=name, where=_shown(finds, file)))
    found.readers.append(file)
    return found


def _shown(finds: Finds, file: Path) -> str:
    return file.relative_to(finds.home).as_posix()
