"""Normalise steps: the service that runs each, and the files that its globs match."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from localenv.description import names, targets
from localenv.description.checks import is_active
from localenv.description.draft import Draft
from localenv.description.models import StepModel
from localenv.description.words import listed
from localenv.errors.problems import KeyPath
from localenv.needs import files

_MOST_FILES = 5000  # that are loaded into needs: each takes a third of a millisecond


def normalise(draft: Draft, profiles: Sequence[str]) -> None:
    """Normalise every step, and report invalid ones."""
    for name, need in draft.needs.items():
        migrate = _of_need(draft, name, "migrate", need.migrate, profiles)
        seed = _of_need(draft, name, "seed", need.seed, profiles)
        draft.needs[name] = need.model_copy(update={"migrate": tuple(migrate), "seed": tuple(seed)})
    for name, job in draft.jobs.items():
        if not job.file:
            draft.jobs[name] = _command(draft, job, ("jobs", name), "", profiles)
    for number, smoke in draft.smoke.items():
        if smoke.step:
            step = _command(draft, smoke.step, ("smoke", number), "", profiles)
            draft.smoke[number] = smoke.model_copy(update={"service": step.service})


def _of_need(
    draft: Draft, need: str, key: str, steps: Sequence[StepModel], profiles: Sequence[str]
) -> Iterator[StepModel]:
    for number, step in enumerate(steps):
        where: KeyPath = ("needs", need, key, number)
        if step.file:
            yield from _files(draft, step, where, need)
        else:
            yield _command(draft, step, where, need, profiles)


def _files(draft: Draft, step: StepModel, where: KeyPath, need: str) -> Iterator[StepModel]:
    at = draft.at(*where, "file")
    assert step.file
    if draft.loaded > _MOST_FILES:  # already reported
        return
    found, problem = draft.bounds.expanded(step.file, at)
    draft.report(problem)
    draft.loaded += len(found)
    if draft.loaded > _MOST_FILES:
        draft.problem(f"more than {_MOST_FILES:,} files are loaded", at, "put several into one")
        return
    kind = draft.needs[need].kind
    wrong = {file: files.problem(file, step.table, kind, os.path.relpath(file, at.file.parent)) for file in found}
    for reason, hint in dict.fromkeys(filter(None, wrong.values())):
        draft.problem(reason, at, hint)
    yield from (step.model_copy(update={"file": file}) for file in found if not wrong[file])


def _command(draft: Draft, step: StepModel, where: KeyPath, need: str, profiles: Sequence[str]) -> StepModel:
    service = _service(draft, step, where, need, profiles)
    inputs = None if step.inputs is None else tuple(_inputs(draft, step.inputs, where, service))
    return step.model_copy(update={"service": service, "inputs": inputs})


def _service(draft: Draft, step: StepModel, where: KeyPath, need: str, profiles: Sequence[str]) -> str | None:
    if step.service is not None:
        known = [name for name, section in draft.sections.items() if section in ("services", "needs")]
        if step.service not in known:
            at = draft.at(*where, "service")
            draft.problems.append(names.unknown(step.service, known, "service or need", at))
        return step.service
    possible = targets.readers(draft, need) if need else list(draft.services)
    active = [name for name in possible if is_active(draft.services[name].profiles, profiles)]
    found = active or possible
    if len(found) == 1:
        return found[0]
    malformed = [name for name, section in draft.sections.items() if section == "services" and name in draft.malformed]
    if not malformed:
        _ask(draft, where, need, found)
    return None


def _ask(draft: Draft, where: KeyPath, need: str, found: Sequence[str]) -> None:
    if found:
        reason = f"services {listed(found)} refer to '{need}'" if need else f"services: {listed(found)}"
    else:
        reason = f"no service refers to '{need}'" if need else "no services"
    step = "this command" if where[0] != "jobs" else f"job '{where[1]}'"
    example = found[0] if found else next(iter(draft.services), "api")
    draft.problem(
        f"{step} needs service: {reason}", draft.at(*where), f"add the service: {{command: …, service: {example}}}"
    )


def _inputs(draft: Draft, patterns: Sequence[Path], where: KeyPath, service: str | None) -> Iterator[Path]:
    model = draft.services.get(service or "")
    if service in draft.malformed:  # its folder may be the mistake
        return
    for number, pattern in enumerate(patterns):
        at = draft.at(*where, "inputs", number)
        folder = model.build.context if model and model.build else at.file.parent
        found, problem = draft.bounds.expanded(folder / pattern, at)
        draft.report(problem)
        yield from found
