"""Normalise paths: they must exist and stay in the repository; their contents are read."""

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from localenv import paths
from localenv.description import dotenv
from localenv.description.draft import Draft
from localenv.description.models import UpstreamModel
from localenv.description.service import BuildModel, NativeModel, ServiceModel, SetupModel
from localenv.errors.problems import Position, Problem
from localenv.stack import StubSource, Template
from localenv.stack.references import literal
from localenv.stubs.sources import SOURCES

CheckStubs = Callable[[StubSource], Sequence[Problem]]


def normalise(draft: Draft, check_stubs: CheckStubs | None) -> None:
    """Make every path absolute; report missing ones, those outside, and mistakes in their files."""
    for name, service in draft.services.items():
        draft.services[name] = _service(draft, name, service)
    for section, files in (("secrets", draft.secrets), ("configs", draft.configs)):
        for name, file in files.items():
            if file.file:
                path = _found(draft, file.file, (section, name, "file"), "file")
                files[name] = file.model_copy(update={"file": path})
    checked: list[StubSource] = []
    for name, upstream in draft.upstreams.items():
        draft.upstreams[name] = found = _upstream(draft, name, upstream)
        for source in found.sources(partial(draft.at, "upstreams", name)):
            if check_stubs and source not in checked and _is_there(draft, source):
                draft.problems.extend(check_stubs(source))
            checked.append(source)


def _upstream(draft: Draft, name: str, upstream: UpstreamModel) -> UpstreamModel:
    changed: dict[str, Any] = {}
    for key, takes, written in upstream.paths():
        where = ("upstreams", name, key)
        if isinstance(written, tuple):
            changed[key] = tuple(_found(draft, path, (*where, number), takes) for number, path in enumerate(written))
        else:
            changed[key] = _found(draft, written, where, takes)
    if upstream.real and isinstance(upstream.real.env, str):
        _other(draft, upstream.real.env, draft.at("upstreams", name, "real", "env"))
    if upstream.real and (program := upstream.real.program):
        built = _program(draft, ("upstreams", name, "real"), program)
        changed["real"] = upstream.real.model_copy(update=built).placed(upstream.real.at)
    return upstream.model_copy(update=changed)


def _other(draft: Draft, name: str, at: Position) -> None:
    """Report the name of a description that is not beside this one; another repository may be missing here."""
    known = sorted({file.stem for file in at.file.parent.iterdir() if file.suffix in (".yaml", ".yml")})
    if name not in known:
        draft.problem(f"description '{name}' does not exist", at, f"available: {', '.join(known)}; or a path")


def _is_there(draft: Draft, source: StubSource) -> bool:
    """Whether a source can be read; otherwise a mistake has been reported."""
    if not isinstance(source.value, Path):
        return True
    at, takes = source.at or draft.tree.at, SOURCES[source.kind].KEY.takes
    return draft.bounds.problem(source.value, at, takes) is None


def _found(draft: Draft, path: Path, where: tuple[str | int, ...], kind: str) -> Path:
    absolute = draft.bounds.absolute(path)
    draft.report(draft.bounds.problem(absolute, draft.at(*where), kind))
    return absolute


def _service(draft: Draft, name: str, service: ServiceModel) -> ServiceModel:
    where = ("services", name)
    read = _from_files(draft, name, service)
    if service.port is not None:  # the port it must listen on
        read.pop("PORT", None)
    changed: dict[str, Any] = {"environment": {**read, **service.environment}, **_program(draft, where, service)}
    if service.watch:
        changed["watch"] = tuple(
            one.model_copy(update={"path": _found(draft, one.path, (*where, "watch", number, "path"), "path")})
            for number, one in enumerate(service.watch)
        )
    return service.model_copy(update=changed)


def _program(draft: Draft, where: tuple[str, ...], service: ServiceModel) -> dict[str, Any]:
    """What builds a service, and prepares its folder."""
    changed: dict[str, Any] = {}
    if service.build:
        changed["build"] = _build(draft, (*where, "build"), service.build, service.runs_natively)
    elif not service.image:
        own = draft.bounds.absolute(_own_folder(service))
        changed["build"] = BuildModel.model_construct(context=own, args={}, additional_contexts={}).placed(service.at)
    if service.native:
        folder = changed["build"].context if "build" in changed else None
        changed["native"] = _native(draft, (*where, "native"), service.native, folder)
    return changed


def _own_folder(service: ServiceModel) -> Path:
    """The folder of a service without an image: as described, else the folder that contains `envs/`."""
    if service.native and service.native.working_dir:
        return service.native.working_dir
    return paths.described(service.at.file) or service.at.file.parent


def _from_files(draft: Draft, name: str, service: ServiceModel) -> dict[str, Template]:
    merged: dict[str, Template] = {}
    for number, one in enumerate(service.env_file):
        where = ("services", name, "env_file", number, "path")
        path = draft.bounds.absolute(one.path)
        if not one.required and not path.exists() and draft.bounds.contain(path):
            continue
        if problem := draft.bounds.problem(path, draft.at(*where), "file"):
            missing = not path.exists() and draft.bounds.contain(path)
            hint = f"if the file is optional: {{path: {path.name}, required: false}}" if missing else problem.hint
            draft.problem(problem.message, draft.at(*where), hint)
            continue
        found = dotenv.read(path)
        draft.problems.extend(found.problems)
        environ = draft.environ() if found.alone or one.interpolate else {}
        if one.interpolate:
            filled, problems = dotenv.filled_in(found, merged, environ)
            draft.problems.extend(problems)
        else:
            filled = {key: literal(value) for key, value in found.values.items()}
        merged |= {key: literal(environ[key]) for key in found.alone if key in environ} | filled
    return merged


def _build(draft: Draft, where: tuple[str, ...], build: BuildModel, runs_natively: bool) -> BuildModel:
    at = draft.at(*where, "context")
    context = _found(draft, build.context, (*where, "context"), "folder")
    changed: dict[str, Any] = {"context": context}
    if build.dockerfile:
        changed["dockerfile"] = _found(draft, build.dockerfile, (*where, "dockerfile"), "file")
    elif build.dockerfile_inline is None and context.is_dir() and draft.bounds.contain(context):
        problem = draft.bounds.problem(context / "Dockerfile", at, "file")
        is_missing = problem is not None and not os.path.lexists(context / "Dockerfile")
        if problem and not (is_missing and runs_natively):
            draft.report(_without_dockerfile(problem, where[1]) if is_missing else problem)
    changed["additional_contexts"] = {
        name: _found(draft, one, (*where, "additional_contexts", name), "folder") if isinstance(one, Path) else one
        for name, one in build.additional_contexts.items()
    }
    return build.model_copy(update=changed).placed(at)


def _without_dockerfile(problem: Problem, name: str) -> Problem:
    """Add the alternatives to the problem of a missing Dockerfile."""
    written = "or dockerfile:, or image: in place of build:, or command: to run it without Docker"
    near = f"{problem.hint} " if problem.hint.startswith("did you mean") else ""
    return Problem(f"{name}: {problem.message}", problem.at, f"{near}add it, {written}")


def _native(draft: Draft, where: tuple[str, ...], native: NativeModel, folder: Path | None) -> NativeModel:
    changed: dict[str, Any] = {}
    if native.working_dir:
        folder = changed["working_dir"] = _found(draft, native.working_dir, (*where, "working_dir"), "folder")
    base = folder or native.at.file.parent
    steps = (
        _setup(draft, (*where, "setup", number), step, base) if step.inputs and base.is_dir() else step
        for number, step in enumerate(native.setup)
    )
    return native.model_copy(update={**changed, "setup": tuple(steps)})


def _setup(draft: Draft, where: tuple[str | int, ...], step: SetupModel, base: Path) -> SetupModel:
    """The step with the files that its inputs match."""
    files: list[Path] = []
    for number, pattern in enumerate(step.inputs or ()):
        found, problem = draft.bounds.expanded(base / pattern, draft.at(*where, "inputs", number))
        draft.report(problem)
        files += found
    return step.model_copy(update={"inputs": tuple(files)})
