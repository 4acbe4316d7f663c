"""Load a description from a file, or report every mistake in it."""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from localenv import paths
from localenv.description import checks, compose, extends, names, naming, places, scenario, steps, targets
from localenv.description.draft import Draft, drafted
from localenv.description.files import Bounds
from localenv.description.messages import place
from localenv.description.models import (
    FileModel,
    NeedModel,
    ScenarioModel,
    ServiceModel,
    SmokeModel,
    StepModel,
    UpstreamModel,
)
from localenv.description.places import CheckStubs
from localenv.description.raw import described
from localenv.errors import DescriptionError
from localenv.errors.problems import Position, Problem
from localenv.sources import Node, Table, Text
from localenv.stack import Template

VERSION = 1


@dataclass(frozen=True, kw_only=True)
class Description:
    """A description with all it extends: validated, paths absolute, globs expanded, references not resolved."""

    file: Path
    repository: Path
    env: str
    name: str
    files: tuple[Path, ...]  # every file that was read, this one first
    services: dict[str, ServiceModel]
    needs: dict[str, NeedModel]
    secrets: dict[str, FileModel]
    configs: dict[str, FileModel]
    upstreams: dict[str, UpstreamModel]
    jobs: dict[str, StepModel]
    smoke: tuple[SmokeModel, ...]
    notes: tuple[Template, ...]
    faults: Mapping[str, tuple[str, ...]]
    flags: Mapping[str, Any] | None
    scenarios: Mapping[str, ScenarioModel]
    tree: Table = field(repr=False, compare=False)

    def at(self, *path: str | int) -> Position:
        """The position of the key at a path, as in `at("services", "api", "port")`; as precise as the file allows."""
        return place(self.tree, path, Position(self.file), of_key=True)


def load(
    file: Path,
    *,
    repository: Path,
    profiles: Sequence[str] = (),
    check_stubs: CheckStubs | None = None,
    allowed_paths: Sequence[Path] = (),
    allowed_permissions: Sequence[str] = (),
    environ: Callable[[], Mapping[str, str]] = lambda: os.environ,
) -> Description:
    """Load the description in a file; raises DescriptionError with every mistake, in the order of the files.

    `check_stubs` returns the mistakes in a source of stubs; paths may lead to `allowed_paths` outside of the
    repository, and raw Compose keys may require `allowed_permissions`. `environ` returns the variables that an
    `env_file` names.
    """
    file, repository = Path(file).absolute(), Path(repository).absolute()
    bounds = Bounds(repository=repository, allowed=tuple(allowed_paths), permissions=tuple(allowed_permissions))
    layers = extends.read(file, bounds)
    tree = layers.root
    if problem := _newer(tree):
        raise DescriptionError([problem])
    draft = drafted(tree, bounds, environ)
    draft.problems.extend(layers.problems)
    name = _name(draft, paths.described(file) or repository)
    _checked(draft, profiles, check_stubs)
    _environment(draft, file)
    if draft.problems:
        raise DescriptionError(_ordered(draft.problems, layers.files))
    return _description(draft, file, layers.files, name)


def _checked(draft: Draft, profiles: Sequence[str], check_stubs: CheckStubs | None) -> None:
    naming.check(draft)
    naming.check_ports(draft)
    naming.check_profiles(draft)
    naming.check_aliases(draft)
    places.normalise(draft, check_stubs)
    compose.normalise(draft)
    checks.check(draft, profiles)
    steps.normalise(draft, profiles)
    targets.check(draft, profiles)
    scenario.check(draft)


def _description(draft: Draft, file: Path, files: tuple[Path, ...], name: str) -> Description:
    return Description(
        file=file,
        repository=draft.bounds.repository,
        env=file.stem,
        name=name,
        files=files,
        services=draft.services,
        needs=draft.needs,
        secrets=draft.secrets,
        configs=draft.configs,
        upstreams=draft.upstreams,
        jobs=draft.jobs,
        smoke=tuple(draft.smoke.values()),
        notes=draft.notes,
        faults=draft.faults,
        flags=draft.flags,
        scenarios=draft.scenarios,
        tree=draft.tree,
    )


def _newer(tree: Table) -> Problem | None:
    """The problem of an unsupported version; in a newer one everything else may differ."""
    written: Node | None = tree.get("version")
    if written is None or (isinstance(written, Text) and re.fullmatch(r"0*1", written)):
        return None
    at = place(tree, ("version",), tree.at)
    if isinstance(written, Text) and re.fullmatch(r"[0-9]{1,6}", written) and int(written) > VERSION:
        upgrade = f"pip install --upgrade 'localenv>={int(written)}'"
        return Problem(f"this description has version {written}; this localenv reads version {VERSION}", at, upgrade)
    return Problem(
        f"'version' must be {VERSION}, not {described(written)}", at, "the version of the format, not of localenv"
    )


def _name(draft: Draft, folder: Path) -> str:
    written = draft.tree.get("name")
    if written is None:
        return names.fitted(folder.resolve().name) or "app"
    at = place(draft.tree, ("name",), draft.tree.at)
    if not isinstance(written, Text):
        draft.problem(f"'name' must be a string, not {described(written)}", at)
    elif "${" in written:
        draft.problem("references are not allowed in 'name'", at)
    else:
        draft.report(names.problem(written, "an environment", at))
    return str(written)


def _environment(draft: Draft, file: Path) -> None:
    """Check the file name, which is part of the environment's name."""
    draft.report(names.problem(file.stem, "an environment (the name of this file)", Position(file)))
    extended = draft.tree.get("extends")
    if extended is not None and not isinstance(extended, Text):
        at = place(draft.tree, ("extends",), draft.tree.at)
        draft.problem(f"'extends' must be one file, not {described(extended)}", at)


def _ordered(problems: Sequence[Problem], files: Sequence[Path]) -> list[Problem]:
    order = {file: number for number, file in enumerate(files)}

    def key(problem: Problem) -> tuple[int, str, int, int]:
        at = problem.at
        return (order.get(at.file, len(order)), str(at.file), at.line, at.column) if at else (-1, "", 0, 0)

    return sorted(dict.fromkeys(problems), key=key)
