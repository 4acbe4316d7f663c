"""`devcontainer.json`: the ports that it forwards, the variables that it sets, and the servers of its Compose file."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from localenv.errors import DescriptionError
from localenv.host import contained
from localenv.importing import Checkout, compose, images, reading
from localenv.importing.compose.texts import listed, mapped, text
from localenv.importing.repository.finds import Finds, FoundVariable
from localenv.importing.sketch import Sketch

_COMMENT = re.compile(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
_FILES = (".devcontainer/devcontainer.json", ".devcontainer.json")
_NAME = re.compile(r"[A-Za-z_]\w*")


def detect(finds: Finds) -> None:
    """Add the variables that it sets, and take the ports that it forwards for services whose port is not known."""
    file = _file(finds.place)
    if file is None:
        return
    written = _read(file)
    where = file.relative_to(finds.home).as_posix()
    started = compose_file(finds.place)
    beside = compose.variables(started, finds.place, _workspace(written)) if started else {}
    for name, value in {**beside, **mapped(written.get("containerEnv")), **mapped(written.get("remoteEnv"))}.items():
        if isinstance(value, str) and _NAME.fullmatch(name):
            _set(finds.variables.setdefault(name, FoundVariable(name=name, where=where)), value)
    ports = iter(dict.fromkeys(one for one in _ports(written) if images.speaks_http(one)))
    for service in finds.services.values():
        is_worker = service.comments.get("command", "").startswith("of the Procfile")
        if service.port is None and not is_worker and (port := next(ports, None)):
            service.port = port
            service.comments["port"] = "of devcontainer.json"


def compose_file(place: Checkout) -> Path | None:
    """The Compose file that starts the servers beside the container that a person works in."""
    file = _file(place)
    named = listed(_read(file).get("dockerComposeFile")) if file else []
    found = [file.parent / str(one) for one in named] if file else []
    return next((one for one in found if one.is_file() and contained.is_within(one, [place.repository])), None)


def servers(place: Checkout) -> Sketch | None:
    """The sketch of what its Compose file starts beside the container that a person works in; None if nothing."""
    file, source = _file(place), compose_file(place)
    if file is None or source is None:
        return None
    try:
        return compose.imported(source, place, without=_workspace(_read(file)))
    except DescriptionError:
        return None


def _file(place: Checkout) -> Path | None:
    found = (place.home / name for name in _FILES)
    return next((one for one in found if one.is_file() and contained.is_within(one, [place.repository])), None)


def _read(file: Path) -> Mapping[str, Any]:
    """The document; empty if it cannot be read."""
    try:
        plain = _COMMENT.sub(lambda found: found[1] or "", reading.text(file))
        written = json.loads(re.sub(r",(\s*[}\]])", r"\1", plain))
    except (ValueError, RecursionError):
        return {}
    return written if isinstance(written, dict) else {}


def _workspace(written: Mapping[str, Any]) -> str:
    return text(written.get("service"))


def _set(variable: FoundVariable, value: str) -> None:
    """Take a value; one that leads to the person's own variables is asked for."""
    if "${localEnv:" in value:
        variable.is_required = True
    elif "${" not in value:
        variable.example = value


def _ports(written: Mapping[str, Any]) -> Iterator[int]:
    for one in (*listed(written.get("forwardPorts")), *listed(written.get("appPort"))):
        number = str(one).rpartition(":")[2] if str(one).startswith(("localhost:", "127.0.0.1:")) else str(one)
        if number.isdigit():
            yield int(number)
