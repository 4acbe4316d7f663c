"""Locate a description: in `envs/` of the nearest ancestor folder, up to the top of the git repository."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from localenv import paths, state
from localenv.description.files import Bounds
from localenv.errors import DescriptionError, UsageError, shown
from localenv.errors.problems import Position, Problem
from localenv.host import contained

DEFAULT = "local"
_ENDINGS = (".yaml", ".yml")


@dataclass(frozen=True, kw_only=True)
class Target:
    """A description and its repository."""

    file: Path
    repository: Path

    @property
    def home(self) -> Path:
        """The folder that contains `envs/` (a repository may have several); else the repository."""
        return paths.described(self.file) or self.repository


def locate(env: str | None = None, folder: Path | None = None) -> Target:
    """Find the description of `env` (default `LOCALENV_ENV`, then `local`) from a folder; raises UsageError.

    `env` may also be a path to a description.
    """
    start = (folder or Path.cwd()).resolve()
    wanted = _wanted(env)
    if wanted.endswith(_ENDINGS):
        return _by_path(start / wanted)
    holder = _holder(start, wanted)
    found = [paths.description(holder, wanted, ending) for ending in _ENDINGS]
    file = next((file for file in found if file.is_file()), None)
    if file is None:
        there = next(filter(os.path.lexists, found), found[0])
        raise UsageError(_unreadable(there), hint=_others(holder))
    return Target(file=contained_in(file, _top(holder) or holder), repository=_top(holder) or holder)


def places(env: str | None = None, folder: Path | None = None) -> Iterator[Path]:
    """Where the description of `env` may have been before it was deleted, the nearest first."""
    start = (folder or Path.cwd()).resolve()
    wanted = _wanted(env)
    if wanted.endswith(_ENDINGS):
        yield Path(os.path.normpath(start / wanted))
        return
    for place in _upwards(start):
        yield from (paths.description(place, wanted, ending) for ending in _ENDINGS)


def check_is_there(target: Target) -> None:
    """Raise DescriptionError for a description that was deleted after it had started an environment."""
    if os.path.lexists(target.file):
        return
    holder = target.home if paths.descriptions(target.home).is_dir() else None
    started = [record.identity for record in state.known() if record.description == str(target.file)]
    hints = [
        _others(holder) if holder else "",
        *(f"to end what it has started: localenv down {one}" for one in started),
    ]
    raise DescriptionError([Problem("the file does not exist", Position(target.file), "; ".join(filter(None, hints)))])


def descriptions(folder: Path | None = None) -> tuple[Path, ...]:
    """Every description in the repository of a folder, in order, also those that are no files.

    Raises UsageError if there is no envs/.
    """
    holder = _holder((folder or Path.cwd()).resolve(), DEFAULT)
    return tuple(sorted(file for file in paths.descriptions(holder).iterdir() if file.suffix in _ENDINGS))


def _wanted(env: str | None) -> str:
    return env or os.environ.get("LOCALENV_ENV") or DEFAULT


def _holder(start: Path, wanted: str) -> Path:
    holder = next((place for place in _upwards(start) if paths.descriptions(place).is_dir()), None)
    if holder is None:
        command = "localenv init" if wanted == DEFAULT else f"localenv init {wanted}"
        raise UsageError(f"no folder envs/ in {shown(start)} or its parents", hint=f"to write a description: {command}")
    contained_in(paths.descriptions(holder), _top(holder) or holder)
    return holder


def _by_path(file: Path) -> Target:
    if not file.is_file():
        raise UsageError(_unreadable(file))
    named = Path(os.path.normpath(file))
    around = _top(named.parent) or paths.described(named)
    file = (contained_in(named, around) if around else file).resolve()
    return Target(file=file, repository=_top(file.parent) or file.parent.parent)


def _unreadable(file: Path) -> str:
    if lost := contained.lost_link(file):
        return f"{shown(file)} {lost}"
    return f"{shown(file)} is not a file" if file.exists() else f"{shown(file)} does not exist"


def contained_in(path: Path, repository: Path) -> Path:
    """The path, if it stays within the repository after symbolic links are resolved; raises UsageError otherwise."""
    if contained.is_within(path, [repository]):
        return path
    from localenv import settings  # imports YAML, needed only for paths outside

    if contained.is_within(path, settings.load().allowed(repository)):
        return path
    bounds = Bounds(repository=repository)
    raise UsageError(
        f"{shown(path)} leads out of the repository, to {path.resolve()}",
        hint=bounds.allowing("paths", path.resolve().parent),
    )


def _is_description(file: Path) -> bool:
    return file.suffix in _ENDINGS and file.is_file()


def _upwards(start: Path) -> Iterator[Path]:
    for place in (start, *start.parents):
        yield place
        if (place / ".git").exists():
            return


def _top(start: Path) -> Path | None:
    return next((place for place in (start, *start.parents) if (place / ".git").exists()), None)


def _others(holder: Path) -> str:
    names = sorted(file.stem for file in paths.descriptions(holder).iterdir() if _is_description(file))
    return f"available: {', '.join(names)}" if names else "write one"
