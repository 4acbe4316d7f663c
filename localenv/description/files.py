"""The bounds of a description's paths, and its globs."""

import os
import re
from dataclasses import dataclass, field, replace
from pathlib import Path

from localenv import paths
from localenv.description.words import meant
from localenv.errors import shown
from localenv.errors.problems import Position, Problem
from localenv.host import contained, globs

_URL = re.compile(r"(?:^|/)((?:https?|ssh|ftp):/)/?([^/].*)")  # in a path, where two slashes are one


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """The folders that a path may lead to: the repository, and those that the user allows."""

    repository: Path
    allowed: tuple[Path, ...] = ()
    permissions: tuple[str, ...] = ()  # permissions for raw Compose keys
    budget: globs.Budget = field(default_factory=globs.Budget)  # of all patterns of the description

    def absolute(self, path: Path) -> Path:
        """An absolute path without `..`, without a look-up."""
        return Path(os.path.normpath(path))

    def contain(self, path: Path) -> bool:
        """Whether a path stays within the bounds, symbolic links resolved."""
        return contained.is_within(path, self._roots)

    @property
    def _roots(self) -> tuple[Path, ...]:
        return (self.repository, *self.allowed)

    def problem(self, path: Path, at: Position, kind: str) -> Problem | None:
        """The problem of a path to a `file`, a `folder` or either (``path``)."""
        if "\0" in str(path):
            return Problem("a path must not contain a NUL character", at)
        if url := _URL.search(str(path)):
            return Problem(
                f"{url[1]}/{url[2]} is a URL, not a path", at, "download it into the repository: none is fetched"
            )
        if not self.contain(path):
            return Problem(f"{shown(path)} is outside the repository", at, self.allowing("paths", path.resolve()))
        if kind == "folder" and path.is_file():
            holds = "mappings/" if path.suffix == ".json" else "it"
            return Problem(f"{shown(path)} is a file, not a folder", at, f"name the folder that holds {holds}")
        if kind == "file" and path.is_dir():
            return Problem(f"{shown(path)} is a folder, not a file", at)
        if path.exists() and not (path.is_file() or path.is_dir()):
            return Problem(f"{shown(path)} is neither a file nor a folder", at)
        if lost := contained.lost_link(path):
            return Problem(f"{shown(path)} {lost}", at)
        if not path.exists():
            what = "file or folder" if kind == "path" else kind
            return Problem(
                f"{what} {shown(path)} does not exist", at, _beside(path) or f"paths are relative to {at.file.name}"
            )
        return None

    def allowing(self, kind: str, what: object) -> str:
        """A hint: what only the user can write, and where, to allow it; `kind` is `paths` or `permissions`."""
        entry = f"allow: {{{self.repository.resolve()}: {{{kind}: [{what}]}}}}"
        return f"to allow it for this checkout, add to {_home(paths.config())}: {entry}"

    def expanded(self, pattern: Path, at: Position) -> tuple[tuple[Path, ...], Problem | None]:
        """The files that a glob matches in lexical order, with all files of a matched folder; or the problem."""
        if self.budget.is_spent:  # already reported
            return (), None
        path = self.absolute(pattern)
        base = globs.base(path)
        if path.exists() or not globs.is_glob(path.relative_to(base)):
            problem = self.problem(path, at, "path")
            if problem:
                return (), replace(problem, hint=_unknown_glob(path) or problem.hint)
            found = sorted(globs.below(path, self.contain))
            self.budget.files -= len(found)
            return ((), _too_much(at)) if self.budget.is_spent else self._contained(found, at)
        if not self.contain(base):
            return (), self.problem(base, at, "folder")
        found = globs.matches(base, path, self.contain, self.budget)
        if self.budget.is_spent:
            return (), _too_much(at)
        if not found:
            what = f"no match in {shown(base)}" if base.is_dir() else f"folder {shown(base)} does not exist"
            return (), Problem(f"{shown(path)} matches no file", at, _unknown_glob(path) or what)
        return self._contained(found, at)

    def _contained(self, files: list[Path], at: Position) -> tuple[tuple[Path, ...], Problem | None]:
        """The files, if none leads outside through a link; or the problem of the first that does."""
        leading = contained.outside(files, self._roots)
        return ((), self.problem(leading, at, "path")) if leading else (tuple(files), None)


def _too_much(at: Position) -> Problem:
    return Problem("the patterns up to this one match too many files", at, "use narrower patterns")


def _home(path: Path) -> str:
    return f"~/{path.relative_to(Path.home())}" if path.is_relative_to(Path.home()) else str(path)


def _beside(path: Path) -> str:
    """A hint with a file nearby that has almost the same name."""
    if not path.parent.is_dir():
        return ""
    found = meant(path.name, (other.name for other in path.parent.iterdir()))
    return f"did you mean {found}?" if found else ""


def _unknown_glob(path: Path) -> str:
    """A hint for a pattern of another language of globs; empty for other paths."""
    is_other = any(part.startswith("!") for part in path.parts) or re.search(r"\{.*,.*\}", str(path))
    return "patterns have *, **, ? and [abc]; list each one, without ! and {a,b}" if is_other else ""
