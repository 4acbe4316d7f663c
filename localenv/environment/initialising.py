"""`localenv init`: write a description for a repository that has none."""

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from localenv import paths
from localenv.environment.locating import DEFAULT, Target, contained_in
from localenv.environment.request import Request
from localenv.environment.up.preparing import stack
from localenv.errors import DescriptionError, LocalenvError, UsageError, shown
from localenv.errors.problems import Problem
from localenv.host import files
from localenv.importing import Ask, Checkout, own_addresses, repository, writing
from localenv.importing.importers import IMPORTERS
from localenv.importing.sketch import Sketch

_HEAD = (
    "# yaml-language-server: $schema=./localenv.schema.json",
    "# Written by localenv init from {source}; read the lines with a comment. localenv help description",
)
_IGNORED = ".localenv/"


@dataclass(frozen=True, kw_only=True)
class Initialised:
    """What was written, or would be: files with their texts, what was left out, mistakes that remain."""

    target: Target
    files: Mapping[Path, str]
    left_out: tuple[str, ...]
    counts: Mapping[str, int]
    problems: tuple[Problem, ...] = ()

    @property
    def text(self) -> str:
        """The description."""
        return self.files[self.target.file]


def init(
    env: str | None = None,
    *,
    folder: Path | None = None,
    source: Path | None = None,
    stubs: Sequence[str] = (),
    force: bool = False,
    dry_run: bool = False,
    schema: str = "",
    ask: Ask | None = None,
) -> Initialised:
    """Write `envs/ENV.yaml` for the repository of a folder, from a Compose file or from what is found.

    Services named in `stubs` become upstreams; `ask` is called for what only a person knows. Raises UsageError for a
    description that exists, unless `force`; for a place outside of the repository; and if there is nothing to describe.
    """
    place = _place((folder or Path.cwd()).resolve(), env or DEFAULT)
    target = Target(file=paths.description(place.home, place.env), repository=place.repository)
    _free(target, force=force or dry_run)
    sketch = _sketch(place, source, stubs, ask)
    own_addresses.give(sketch)
    found = dict(_files(sketch, place, target, schema))
    for file in found:
        _contain(file, place)
    if not dry_run:
        _write_all(found, force=force)
    return Initialised(
        target=target,
        files=found,
        left_out=sketch.listed,
        counts=sketch.counts,
        problems=() if dry_run else tuple(problems(target)),
    )


def problems(target: Target) -> Sequence[Problem]:
    """The mistakes in a description, as `localenv check` finds them."""
    try:
        stack(Request(target=target))
    except DescriptionError as error:
        return error.problems
    except LocalenvError as error:
        return [Problem(error.message, hint=error.hint)]
    return ()


def _place(folder: Path, env: str) -> Checkout:
    """The folder itself where it holds a project, else the nearest one above it, up to the top of the repository."""
    top = next((one for one in (folder, *folder.parents) if (one / ".git").exists()), folder)
    between = [one for one in (folder, *folder.parents) if one.is_relative_to(top)]
    home = next((one for one in between if _is_project(one)), top)
    return Checkout(repository=top, home=home, env=env)


def _is_project(folder: Path) -> bool:
    place = Checkout(repository=folder, home=folder)
    return (folder / ".git").exists() or any(importer.find(place) for importer in IMPORTERS.values())


def _free(target: Target, *, force: bool) -> None:
    envs = target.file.parent
    if os.path.lexists(envs):
        contained_in(envs, target.repository)
    if os.path.lexists(target.file) and not force:
        raise UsageError(f"{shown(target.file)} exists", hint="to replace it: localenv init --force")


def _sketch(place: Checkout, source: Path | None, stubs: Sequence[str], ask: Ask | None) -> Sketch:
    if source is not None:
        file = source.resolve()
        file = next((one for one in [_compose_in(file)] if one), file) if file.is_dir() else file
        if not file.is_file():
            raise UsageError(f"{shown(source)} does not exist", hint="as in localenv init --from compose.yaml")
        contained_in(file, place.repository)
        return IMPORTERS["compose"].imported(file, place, stubs=stubs)
    for importer in IMPORTERS.values():
        if found := importer.find(place):
            contained_in(found, place.repository)
            return repository.completed(importer.imported(found, place, stubs=stubs, ask=ask), place, ask)
    raise UsageError(
        f"nothing to describe in {shown(place.home)}: no Compose file, Dockerfile, pyproject.toml or package.json",
        hint="run it in the folder of your project",
    )


def _compose_in(folder: Path) -> Path | None:
    return IMPORTERS["compose"].find(Checkout(repository=folder, home=folder))


def _files(sketch: Sketch, place: Checkout, target: Target, schema: str) -> list[tuple[Path, str]]:
    head = [line.format(source=sketch.source) for line in _HEAD]
    found = [(target.file, writing.text(sketch, head))]
    if schema:
        found.append((target.file.with_name("localenv.schema.json"), schema))
    found += [(place.home / name, text) for name, text in sketch.files.items()]
    ignored = place.home / ".gitignore"
    with suppress(OSError, UnicodeDecodeError):
        before = ignored.read_text() if ignored.is_file() else ""
        if not any(line.strip().strip("/") == _IGNORED.strip("/") for line in before.splitlines()):
            end = "" if not before or before.endswith("\n") else "\n"
            found.append((ignored, f"{before}{end}{_IGNORED}\n"))
    return found


def _contain(file: Path, place: Checkout) -> None:
    """Refuse a file whose folder, or which itself, is a link that leads out of the repository."""
    for path in (file, *file.parents):
        if os.path.lexists(path):
            contained_in(path, place.repository)
            return


def _write_all(found: Mapping[Path, str], *, force: bool) -> None:
    """Write files of the repository; those that are there stay, unless `force`. On failure, no new one is left."""
    folders = {above for file in found for above in file.parents if not above.exists()}
    with ExitStack() as undone:
        for folder in sorted(folders):
            undone.callback(_without, folder, Path.rmdir)
        for file, text in found.items():
            is_new = not os.path.lexists(file)
            if is_new or force or file.name == ".gitignore":
                files.save(file, text.encode(), within=file.parent)
            if is_new:
                undone.callback(_without, file, Path.unlink)
        undone.pop_all()


def _without(path: Path, remove: Callable[[Path], None]) -> None:
    with suppress(OSError):
        remove(path)
