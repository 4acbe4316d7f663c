"""Write the `env_file` of a service: the files, and references in the place of fixed addresses in them."""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from localenv.description import dotenv
from localenv.host import contained
from localenv.importing import Checkout, allowed_hosts, examples
from localenv.importing.compose import listening
from localenv.importing.compose.files import variables
from localenv.importing.connecting import Connections
from localenv.importing.targets import SERVICES

if TYPE_CHECKING:
    from localenv.importing.compose.services import ServiceSource, Writing

_VARIABLE = re.compile(r"\$[A-Za-z_{]")


def written(
    source: "ServiceSource", connections: Connections, writing: "Writing", known: Mapping[str, str]
) -> tuple[list[Any], dict[str, str]]:
    """The files of variables, and the variables in them that become references; no value of theirs is written."""
    files: list[Any] = []
    overrides: dict[str, str] = {}
    project, place = writing.project, writing.place
    for entry in source.service.get("env_file") or ():
        path = Path(os.path.normpath(str(entry["path"])))
        shown = os.path.relpath(path, place.envs)
        if not contained.is_within(path, [place.repository]):
            writing.sketch.leave_out(f"{source.name}: env_file {path}", "it is outside the repository")
            continue
        if path.is_dir() or "${" in shown:
            writing.sketch.leave_out(f"{source.name}: env_file {shown}", "it is no file")
            continue
        files += _entries(path, place, is_raw=entry.get("format") == "raw")
        if not existing(path).is_file():
            missing = f"{shown} is missing here, and what it sets is not known"
            writing.sketch.comment(missing, SERVICES, source.name, "env_file")
        given = variables(project, existing(path))
        values = {key: project.atoms.read(value) for key, value in given.items() if key not in known}
        ports = {key: listening.variable(key, project.atoms.plain(one), source.target) for key, one in values.items()}
        overrides |= {key: reference for key, reference in ports.items() if reference.endswith("port}")}
        for key, value in connections.variables(values).items():
            if (value != values[key] or project.atoms.has_atoms(value)) and is_public(project.atoms.literal(value)):
                overrides[key] = project.atoms.written(value)
        overrides |= _allowed_hosts(source, path, given, writing)
    return files, overrides


def _allowed_hosts(
    source: "ServiceSource", path: Path, given: Mapping[str, Any], writing: "Writing"
) -> Iterator[tuple[str, str]]:
    """Lists of allowed hosts, with the published address; one in a file that references do not read is named."""
    for key, value in given.items():
        if (lacks := allowed_hosts.missing(key, str(value))) and path in _read_by_references(writing.place):
            yield key, f"${{env.{key}:-localhost}}{lacks}"
        elif lacks:
            what = f"{key} in {path.name} has to allow 127.0.0.1"
            writing.sketch.comment(what, SERVICES, source.name, "env_file")


def _read_by_references(place: Checkout) -> tuple[Path, Path]:
    """The files that `${env.X}` reads."""
    return place.home / ".env", place.repository / ".env"


def _entries(path: Path, place: Checkout, *, is_raw: bool) -> Iterator[Any]:
    """The file as a description has it, after the example of one that is missing."""
    known = existing(path)
    more = {"interpolate": True} if not is_raw and _names_variables(known) else {}
    if known != path:
        yield _entry(known, place, more)
    is_optional = not path.is_file() or _is_ignored(path)
    yield _entry(path, place, {"required": False, **more} if is_optional else more)


def _entry(path: Path, place: Checkout, more: Mapping[str, Any]) -> Any:
    shown = os.path.relpath(path, place.envs)
    return {"path": shown, **more} if more else shown


def existing(path: Path) -> Path:
    """The file, or the one that shows what it may hold."""
    return path if path.is_file() else examples.of(path) or path


def _names_variables(file: Path) -> bool:
    """Whether a value in it names a variable, which Compose fills in."""
    found = dotenv.read(file)
    return any(
        _VARIABLE.search(text.replace("$$", "")) or text.replace("$$", "$") != found.values[name]
        for name, text in found.fillable.items()
    )


def _is_ignored(path: Path) -> bool:
    """Whether a file is likely to be missing in another clone."""
    return path.name.startswith(".env") and examples.of(path) is not None


def is_public(literal: str) -> bool:
    """Whether the text between references is nothing but the form of an address: no login, no secret."""
    is_form = re.fullmatch(
        r"(jdbc:)?([a-z][a-z0-9+.]{0,30}:/?/?)?[:/@]{0,6}([?&][a-z_]{1,20}=[a-z0-9]{1,12})*", literal
    )
    return is_form is not None or re.fullmatch(r"[:/@.,-]*(\d{1,5}[:/@.,]*)?", literal) is not None
