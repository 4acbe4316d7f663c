"""Steps of `native.setup` with their inputs: `inputs:` if set, else manifests, lock files and files in the command."""

import json
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from localenv.description.service import SetupModel
from localenv.host import contained, context, globs, inputs
from localenv.planner import own_files
from localenv.stack import ALL_FILES, Setup

_SEVERAL = 50  # files to list individually
_PYTHON = frozenset({"pip", "pip3", "python", "python3", "uv", "poetry", "pdm", "pipenv", "hatch", "flit"})
_NODE = frozenset({"npm", "npx", "node", "yarn", "pnpm", "corepack", "bun"})
_OF_PYTHON = (
    "pyproject.toml",
    "setup.py",
    "setup.cfg",
    "uv.lock",
    "poetry.lock",
    "pdm.lock",
    "Pipfile",
    "Pipfile.lock",
)
_LISTS_OF_PYTHON = ("requirements*.txt", "requirements*.in", "constraints*.txt")
_OF_NODE = (
    *("package.json", "package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "pnpm-workspace.yaml"),
    *(".npmrc", ".yarnrc", ".yarnrc.yml", "bun.lock", "bun.lockb"),
)
_OF_OTHERS = (
    *("Gemfile", "Gemfile.lock", "composer.json", "composer.lock", "mix.exs", "mix.lock", "deno.json", "deno.lock"),
    *("go.mod", "go.sum", "go.work", "go.work.sum", "Cargo.toml", "Cargo.lock", "packages.lock.json", "pom.xml"),
    *("build.gradle", "build.gradle.kts", "gradle.lockfile", "environment.yml", "pixi.toml", "pixi.lock"),
)
_LISTS = (".txt", ".in")
_NAMED = re.compile(
    r"^\s*(?:(?P<editable>-e|--editable)[\s=]+|(?:-r|--requirement|-c|--constraint)[\s=]*|\S+\s*@\s*file:(?://)?|(?=\.))"
    r"(?P<path>[^\s;#\[]+)",
    re.MULTILINE,
)
# programs that run scripts of a project, which may read any file, or that also install packages
_SCRIPTS = frozenset({"make", "npx", "tsc", "vite", "webpack"})
# options followed by a folder, of which only manifests are read
_BEFORE_FOLDERS = frozenset({"cd", "-e", "--editable", "-C", "--prefix", "--dir", "--cwd", "--directory", "--project"})
_RUN = frozenset({"run", "run-script", "exec", "test", "start", "build"})
_COMPILERS = frozenset({"go", "cargo", "mvn", "mvnw", "gradle", "gradlew", "dotnet", "mix"})
_COMPILE = frozenset({"build", "install", "run", "package", "publish", "compile", "test", "generate", "assemble"})


@dataclass(frozen=True, kw_only=True)
class _Folder:
    """The folder of a step, and its repository; `apart` is not code."""

    path: Path
    around: Path
    apart: frozenset[Path]


def steps(models: Sequence[SetupModel], folder: Path, around: Path, apart: frozenset[Path]) -> tuple[Setup, ...]:
    """The steps of a service that runs in a folder of the repository `around`."""
    place = _Folder(path=folder, around=around, apart=apart)
    return tuple(Setup(command=one.command, inputs=_inputs(one, place)) for one in models)


def _inputs(model: SetupModel, place: _Folder) -> dict[str, str]:
    if model.inputs is not None:
        return _recorded(model.inputs, place.around, f"{len(model.inputs)} files of its inputs")
    parts = own_files.parts(map(str, model.command))
    if _reads_all(parts):
        known = (file for file in inputs.tracked(place.path) if not context.is_made_by_tools(file, place.path))
        code = (file for file in known if not _is_apart(file, place.apart))
        return {f"{ALL_FILES}{_shown(place.path, place.around)}": inputs.digest(code, base=place.around)}
    found = dict.fromkeys(file for file in _default(parts, place) if contained.is_within(file, [place.around]))
    return _recorded(found, place.around, f"{len(found)} files that it names")


def _recorded(files: Iterable[Path], around: Path, together: str) -> dict[str, str]:
    found = sorted({Path(os.path.normpath(file)) for file in files})
    if len(found) > _SEVERAL:
        return {together: inputs.digest(found, base=around)}
    return {_shown(file, around): inputs.digest([file], base=around) for file in found}


def _shown(path: Path, around: Path) -> str:
    return path.relative_to(around).as_posix() if path.is_relative_to(around) else str(path)


def _is_apart(file: Path, apart: frozenset[Path]) -> bool:
    return not apart.isdisjoint((file, *file.parents))


def _reads_all(parts: Sequence[str]) -> bool:
    """Whether a command runs scripts of the project, or installs the project itself."""
    programs = [part.rpartition("/")[2] for part in parts]
    if not _SCRIPTS.isdisjoint(programs):
        return True
    if not _NODE.isdisjoint(programs) and not _RUN.isdisjoint(programs):
        return True
    if not _COMPILERS.isdisjoint(programs) and not _COMPILE.isdisjoint(programs):
        return True
    return "install" in parts and any(
        re.fullmatch(r"\.(\[.*\])?", part) and before not in _BEFORE_FOLDERS for before, part in pairwise(parts)
    )


def _default(parts: Sequence[str], place: _Folder) -> Iterator[Path]:
    programs = {part.rpartition("/")[2] for part in parts}
    read = (part for before, part in pairwise(("", *parts)) if before not in _BEFORE_FOLDERS)
    named = own_files.of(read, place.path, place.around)
    lists = [file for file in named if file.suffix in _LISTS]
    yield from _with_included(named)
    is_python, is_node = bool(programs & _PYTHON), bool(programs & _NODE)
    for folder in (place.path, *_folders(parts, place)):
        if not is_python and not is_node:
            yield from _found(folder, _OF_OTHERS)
        if is_node or not is_python:
            yield from _of_node(folder)
        if (is_python or not is_node) and not (lists and not _installs_projects(parts, place.path)):
            yield from _found(folder, _OF_PYTHON)
            lists_there = [file for pattern in _LISTS_OF_PYTHON for file in folder.glob(pattern)]
            yield from _with_included([] if lists else lists_there)


def _folders(parts: Sequence[str], place: _Folder) -> Iterator[Path]:
    """Folders in a command, such as `cd frontend`."""
    for part in parts:
        with suppress(OSError):
            path = place.path / part
            if part.strip("./") and path.is_dir() and contained.is_within(path, [place.around]):
                yield path


def _installs_projects(parts: Sequence[str], folder: Path) -> bool:
    return any(
        part in ("-e", "--editable", "sync") or (part.startswith(".") and (folder / part).is_dir()) for part in parts
    )


def _found(folder: Path, names: Iterable[str]) -> Iterator[Path]:
    yield from (folder / name for name in names if (folder / name).is_file())


def _of_node(folder: Path) -> Iterator[Path]:
    """The manifests of a folder and its workspaces."""
    yield from _found(folder, _OF_NODE)
    for pattern in _workspaces(folder / "package.json"):
        with suppress(ValueError, NotImplementedError):
            yield from (file for file in folder.glob(f"{pattern}/package.json") if "node_modules" not in file.parts)


def _workspaces(file: Path) -> list[str]:
    try:
        entry: Any = json.loads(file.read_text())["workspaces"]
    except (OSError, ValueError, LookupError, TypeError):
        return []
    listed = entry.get("packages", []) if isinstance(entry, dict) else entry
    return [one.strip("/") for one in listed if isinstance(one, str)] if isinstance(listed, list) else []


def _with_included(files: Iterable[Path]) -> Iterator[Path]:
    """Files, and those that requirements files include: further lists, constraints, projects."""
    waiting, seen = [*files], set[Path]()
    while waiting:
        file = waiting.pop()
        if file in seen:
            continue
        seen.add(file)
        yield file
        if file.suffix in _LISTS:
            waiting += _included(file)


def _included(file: Path) -> Iterator[Path]:
    with suppress(OSError):
        for line in _NAMED.finditer(file.read_text(errors="replace")):
            path = file.parent / line["path"]
            if path.is_dir():
                yield from _found(path, _OF_PYTHON) if line["editable"] else globs.below(path)
            elif path.is_file():
                yield path
