"""Settings of Spring Boot: addresses in its `application` files, which variables of the same name replace."""

import re
from collections.abc import Iterator
from pathlib import Path

from localenv.importing import reading
from localenv.importing.repository.finds import Finds, FoundVariable

_FILES = tuple(f"src/main/resources/application.{ending}" for ending in ("properties", "yml", "yaml"))
_SERVERS = re.compile(
    r"spring\.(datasource\.(url|username|password)|(data\.)?redis\.(url|host|port|password)"
    r"|rabbitmq\.(addresses|host|port|username|password)|data\.mongodb\.(uri|host|port|username|password))"
)
_OTHERS = re.compile(r"(?!(?:spring|springdoc|management|server|logging|eureka)\.)[\w.-]+(?:url|uri|endpoint)")
_PROFILE = re.compile(r"(?:application|bootstrap)-([\w-]+)\.(?:properties|ya?ml)")
_BASE = re.compile(r"application\.(?:properties|ya?ml)")
_ACTIVE = re.compile(r"^\s*(?:spring\.profiles\.)?active\s*[:=]\s*(?:\$\{\w+:)?([\w,-]+)", re.MULTILINE)
_OF_DEVELOPERS = frozenset({"dev", "development", "local"})  # who start it with this profile
_LINE = re.compile(r"(?P<indent> *)(?P<key>[\w.-]+)[ \t]*[:=][ \t]*(?P<value>.*)")


def detect(finds: Finds) -> None:
    """Add a variable for each address of a server or of another service that is written there."""
    for service in finds.services.values():
        for name in _FILES:
            file = service.folder / name
            written = dict(_settings(file)) if file.is_file() else {}
            for key, value in written.items():
                if _SERVERS.fullmatch(key) or (_OTHERS.fullmatch(key) and value.startswith("http")):
                    _add(finds, file, key, value)


def inactive(finds: Finds) -> frozenset[Path]:
    """The files of profiles that are not active when the program starts."""
    bases = (text for file, text in finds.sources if _BASE.fullmatch(file.name))
    active = {name for text in bases if (found := _ACTIVE.search(text)) for name in found[1].split(",")}
    active |= {
        name
        for service in finds.services.values()
        for name in service.image_environment.get("SPRING_PROFILES_ACTIVE", "").split(",")
        if name
    }
    profiles = ((file, found[1]) for file, _ in finds.sources if (found := _PROFILE.fullmatch(file.name)))
    return frozenset(file for file, name in profiles if name not in (active or _OF_DEVELOPERS))


def _add(finds: Finds, file: Path, key: str, value: str) -> None:
    if "$" in value:  # a variable of another name, which is found by itself
        return
    where = file.relative_to(finds.home).as_posix()
    name = key.upper().replace("-", "").replace(".", "_")
    found = finds.variables.setdefault(name, FoundVariable(name=name, where=where))
    found.default = value
    found.readers.append(file)


def _settings(file: Path) -> Iterator[tuple[str, str]]:
    """Each key with its value: of a file of properties, or of the first document of one of YAML."""
    above: list[tuple[int, str]] = []
    for line in reading.text(file).splitlines():
        if line.startswith("---") and above:
            return
        found = _LINE.fullmatch(line)
        if found is None:
            continue
        depth = len(found["indent"])
        above = [one for one in above if one[0] < depth]
        value = re.sub(r"\s+#.*", "", found["value"]).strip().strip("\"'")
        if value:
            yield ".".join([*(key for _, key in above), found["key"]]), value
        else:
            above.append((depth, found["key"]))
