"""Read a Compose file with all that it includes and extends; paths become absolute."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from localenv.description import dotenv
from localenv.description.raw import raw
from localenv.errors import DescriptionError
from localenv.errors.problems import Position, Problem
from localenv.host import contained
from localenv.importing import examples, reading
from localenv.importing.compose import tags
from localenv.importing.compose.interpolation import Atoms
from localenv.importing.compose.merging import merged, normal
from localenv.importing.compose.texts import listed, mapped, text
from localenv.sources import scan

NAMES = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")  # in Compose's order
_SECTIONS = ("services", "volumes", "networks", "secrets", "configs")
_OWN_VARIABLE = re.compile(r"(?<!\$)\$(?:(?P<plain>[A-Za-z_]\w*)|\{(?P<braced>[A-Za-z_]\w*)(?::?-[^{}]*)?\})")
_MOST_FILLED = 64 << 10  # characters of the values of a file that variables are filled in to
_DEEPEST = 16  # files that include or extend one another


@dataclass(kw_only=True)
class Project:
    """Everything that the files of one project say; texts are not interpolated."""

    folder: Path
    bounds: Path  # nothing outside of it is read
    name: str = ""
    atoms: Atoms
    env_files: dict[Path, Mapping[str, str]] = field(default_factory=dict, repr=False)
    services: dict[str, dict[str, Any]] = field(default_factory=dict)
    volumes: dict[str, Any] = field(default_factory=dict)
    networks: dict[str, Any] = field(default_factory=dict)
    secrets: dict[str, Any] = field(default_factory=dict)
    configs: dict[str, Any] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)
    variables: dict[str, Path] = field(default_factory=dict)  # names of variables, and the file that has them

    def plain(self, written: Any) -> str:
        """A scalar with the values that its variables have now, for keys without references; holds no secret."""
        return self.atoms.plain(self.atoms.read(text(written)))


def find(folder: Path) -> Path | None:
    """The file that `docker compose` would take in a folder."""
    found = [folder / name for name in NAMES if (folder / name).is_file()]
    return next(iter([*found, *_variants(folder)]), None)


def beside(file: Path) -> list[Path]:
    """The other Compose files of its folder, such as one for each database, that it does not name itself."""
    written = reading.text(file)
    return [one for one in _variants(file.parent) if one != file and one.name not in written]


def _variants(folder: Path) -> list[Path]:
    """Files such as compose.dev.yaml."""
    return [one for one in sorted(folder.glob("*compose*.y*ml")) if one.is_file() and "override" not in one.name]


def read(file: Path, bounds: Path) -> Project:
    """The project of a file; raises DescriptionError if it cannot be read.

    Files outside of `bounds`, also through links, are not read.
    """
    folder = file.parent
    shown = _variables(examples.of(folder / ".env"), bounds)
    project = Project(folder=folder, bounds=bounds, atoms=Atoms(examples=shown))
    _know(project, folder / ".env", bounds)
    given = _Reading(project=project)
    document = given.document(file, 0)
    override = next((one for one in _overrides(file) if one.is_file()), None) if file.name in NAMES else None
    if override:
        document = merged(document, given.document(override, 0))
    project.name = str(document.get("name") or "")
    services = document.get("services")
    if not isinstance(services, Mapping) or not services:
        message = "has no services" if "services" not in document else "services: is not a mapping of names"
        raise DescriptionError([Problem(message, Position(file), "a Compose file has services:")])
    for section in _SECTIONS:
        found = document.get(section)
        for name, one in found.items() if isinstance(found, Mapping) else ():
            if name != tags.REPLACES:
                getattr(project, section)[str(name)] = dict(one) if isinstance(one, Mapping) else {}
    given.extend(file)
    project.services = {name: tags.without(one) for name, one in project.services.items()}
    return project


def _of_this_version(document: dict[str, Any]) -> dict[str, Any]:
    """A document with its services under `services:`; the first version of Compose had them at the top."""
    written = {key: one for key, one in document.items() if key not in ("version", "name") and not key.startswith("x-")}
    are_services = all(isinstance(one, Mapping) and {"image", "build"} & one.keys() for one in written.values())
    return {"services": written} if written and are_services else document


def variables(project: Project, file: Path) -> Mapping[str, str]:
    """The variables in an `env_file`; those of its own that others name are filled in, as Compose does."""
    if file not in project.env_files:
        found: dict[str, str] = {}
        left = _MOST_FILLED
        for name, value in _variables(file, project.bounds).items():
            size = len(value) + sum(len(found.get(one[1] or one[2], "")) for one in _OWN_VARIABLE.finditer(value))
            is_small = size <= left  # each line may double the one before
            found[name] = _OWN_VARIABLE.sub(partial(_filled_in, project, found), value) if is_small else value
            left -= size if is_small and size > len(value) else 0
        project.env_files[file] = found
    return project.env_files[file]


def _filled_in(project: Project, before: Mapping[str, str], found: re.Match[str]) -> str:
    """The value of a variable that an earlier line of the file sets; the project's own comes first."""
    name = found["plain"] or found["braced"]
    return found[0] if name in project.atoms.known else before.get(name) or found[0]


def _know(project: Project, file: Path, bounds: Path) -> None:
    """Take the variables of a file for interpolation; those that are known already come first."""
    found = _variables(file, bounds)
    project.variables = {**dict.fromkeys(found, file), **project.variables}
    project.atoms.known = {**found, **project.atoms.known}


def _variables(file: Path | None, bounds: Path) -> Mapping[str, str]:
    return dotenv.read(file).values if file and file.is_file() and contained.is_within(file, [bounds]) else {}


def _overrides(file: Path) -> Iterator[Path]:
    stem = file.stem
    yield from (file.with_name(f"{stem}.override{ending}") for ending in (".yaml", ".yml"))


@dataclass(kw_only=True)
class _Reading:
    """Reads files of one project."""

    project: Project
    read: dict[Path, dict[str, Any]] = field(default_factory=dict)

    def document(self, file: Path, depth: int, folder: Path | None = None) -> dict[str, Any]:
        """A file with what it includes; paths are absolute."""
        if file in self.read:
            return self.read[file]
        if depth > _DEEPEST:
            raise DescriptionError([Problem("includes itself", Position(file))])
        if file.is_file() and not contained.is_within(file, [self.project.bounds]):
            raise DescriptionError([Problem("is outside the repository", Position(file))])
        source = scan(file)
        for problem in tags.read(source):  # other tags, duplicate keys
            self.project.left_out.append(f"{file.name}, line {problem.at.line if problem.at else 1}: {problem.message}")
        document = _of_this_version(raw(source.root))
        base = folder or file.parent
        for section in _SECTIONS:
            if isinstance(found := document.get(section), Mapping):
                document[section] = {str(name): self._entry(section, one, base) for name, one in found.items()}
        document = self._with_included(document, file, base, depth)
        self.read[file] = document
        return document

    def _with_included(self, document: dict[str, Any], file: Path, base: Path, depth: int) -> dict[str, Any]:
        for path, folder, files in self._included(document, base):
            for file in files:
                _know(self.project, file, self.project.bounds)
            try:
                document = merged(self.document(path, depth + 1, folder), document)
            except DescriptionError as error:
                self.project.left_out.append(f"include: {path.name}: {error.problems[0].message}")
        return document

    def _entry(self, section: str, written: Any, base: Path) -> Any:
        if not isinstance(written, Mapping):
            return written
        return self._service(written, base) if section == "services" else self._file(written, base)

    def extend(self, file: Path) -> None:
        """Lay every service over the one that it extends."""
        for name in [*self.project.services]:
            self.project.services[name] = self._extended(self.project.services, name, file, 0)

    def _extended(self, services: Mapping[str, Any], name: str, file: Path, depth: int) -> dict[str, Any]:
        service = services.get(name)
        if not isinstance(service, Mapping) or depth > _DEEPEST:
            return {}
        written = service.get("extends")
        if not isinstance(written, Mapping):
            return dict(service)
        other, where = str(written.get("service", "")), written.get("file")
        around = services
        if where is not None:
            try:
                found = self.document(Path(self._resolved(where)), 0).get("services")
                around = found if isinstance(found, Mapping) else {}
            except DescriptionError as error:
                self.project.left_out.append(f"service {name}: extends: {error.problems[0].message}")
                around = {}
        below = self._extended(around, other, file, depth + 1) if other != name or around is not services else {}
        below = {key: value for key, value in below.items() if key not in ("depends_on", "links", "volumes_from")} | {
            key: below[key] for key in ("depends_on",) if key in below
        }
        whole = merged(below, {key: value for key, value in service.items() if key != "extends"})
        return dict(whole)

    def _included(self, document: Mapping[str, Any], base: Path) -> Iterator[tuple[Path, Path | None, list[Path]]]:
        """The files, each with its folder and the files of its variables."""
        written = document.get("include")
        for one in written if isinstance(written, list) else ():
            entry = one if isinstance(one, Mapping) else {"path": one}
            found = entry.get("path")
            folder = base / self._resolved(entry["project_directory"]) if entry.get("project_directory") else None
            files = [base / self._resolved(one) for one in listed(entry.get("env_file"))]
            for path in (base / self._resolved(one) for one in listed(found)):
                yield path, folder, files or [(folder or path.parent) / ".env"]

    def _service(self, service: Mapping[str, Any], base: Path) -> dict[str, Any]:
        found = normal(service)
        if isinstance(build := found.get("build"), Mapping):
            found["build"] = self._build(build, base)
        if "env_file" in found:
            found["env_file"] = [self._env_file(one, base) for one in found["env_file"]]
        if isinstance(found.get("volumes"), list):
            found["volumes"] = [self._volume(one, base) for one in found["volumes"]]
        if isinstance(develop := found.get("develop"), Mapping) and isinstance(develop.get("watch"), list):
            watch = [{**one, "path": self._path(one.get("path", "."), base)} for one in map(mapped, develop["watch"])]
            found["develop"] = {**develop, "watch": watch}
        extends = found.get("extends")
        if isinstance(extends, Mapping) and extends.get("file"):
            found["extends"] = {**extends, "file": self._path(extends["file"], base)}
        if isinstance(found.get("label_file"), str):
            found.pop("label_file")
            self.project.left_out.append("label_file: labels of a file")
        return found

    def _build(self, build: Mapping[str, Any], base: Path) -> dict[str, Any]:
        found = dict(build)
        context = self._resolved(found.get("context", "."))
        found["context"] = context if "://" in context or context.startswith("git@") else self._path(context, base)
        contexts = found.get("additional_contexts")
        if contexts is not None:
            written = (
                contexts if isinstance(contexts, Mapping) else dict(str(one).partition("=")[::2] for one in contexts)
            )
            found["additional_contexts"] = {
                str(name): one if ":" in (one := self._resolved(path)) else self._path(one, base)
                for name, path in written.items()
            }
        return found

    def _env_file(self, written: Any, base: Path) -> dict[str, Any]:
        entry = written if isinstance(written, Mapping) else {"path": written}
        return {**entry, "path": self._path(entry.get("path", ""), base)}

    def _file(self, written: Mapping[str, Any], base: Path) -> dict[str, Any]:
        return (
            {**written, "file": self._path(written["file"], base)}
            if isinstance(written.get("file"), str)
            else dict(written)
        )

    def _volume(self, volume: Any, base: Path) -> Any:
        """A mount in long form; the source of a bind is absolute."""
        if isinstance(volume, Mapping):
            is_bind = volume.get("type") == "bind" and volume.get("source")
            return {**volume, "source": self._path(volume["source"], base)} if is_bind else dict(volume)
        source, target, mode = _split(self._resolved(volume))
        if not source:  # a variable without a value
            return {"type": "unnamed", "target": target}
        if not target:
            return {"type": "volume", "target": source}
        more = {"read_only": True} if "ro" in mode.split(",") else {}
        if source.startswith((".", "/", "~")):
            return {"type": "bind", "source": self._path(source, base), "target": target, **more}
        return {"type": "volume", "source": source, "target": target, **more}

    def _path(self, written: Any, base: Path) -> str:
        return str(base / Path(self._resolved(written)).expanduser())

    def _resolved(self, written: Any) -> str:
        return self.project.plain(written)


def _split(volume: str) -> tuple[str, str, str]:
    """Source, target and mode of a short form."""
    parts = volume.split(":")
    if len(parts) == 1:
        return parts[0], "", ""
    if len(parts) == 2 and parts[1] in ("ro", "rw", "z", "Z", "cached", "delegated"):
        return parts[0], "", parts[1]
    return parts[0], parts[1], ":".join(parts[2:])
