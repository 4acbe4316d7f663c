"""Jobs and smoke checks: their order, and the inputs that decide whether a job runs again."""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from localenv.description.loading import Description
from localenv.description.models import SmokeModel, StepModel
from localenv.host import inputs
from localenv.needs import includes
from localenv.planner import own_files
from localenv.planner.carrying import carried
from localenv.planner.code import Code
from localenv.stack import File, Job, Reference, Service, Smoke, Stage, names, order, templates, walk

# when and where it runs, and files that are read separately
_NO_INPUT = ("name", "stage", "service", "need", "depends_on", "file", "files", "public")


@dataclass(frozen=True, kw_only=True)
class _Around:
    """The context of steps."""

    description: Description
    own: Mapping[str, Service]
    files: Mapping[str, File]
    code: Code


def jobs(description: Description, own: Mapping[str, Service], files: Mapping[str, File], code: Code) -> Iterator[Job]:
    """Every job in the order it runs: migrate and seed of each need, then the named ones."""
    left_out = description.services.keys() - own.keys()
    around = _Around(description=description, own=own, files=files, code=code)
    for name, need in description.needs.items():
        for stage, steps in ((Stage.MIGRATE, need.migrate), (Stage.SEED, need.seed)):
            for number, step in enumerate(steps, 1):
                if step.service in left_out:
                    continue
                title = f"{name}.{stage}" if number == 1 else f"{name}.{stage}.{number}"
                yield _job(title, stage, step, around, need=name, kind=need.kind)
    steps_left = {name: step for name, step in description.jobs.items() if step.service not in left_out}
    for name in _in_order({name: step.depends_on for name, step in steps_left.items()}):
        yield _job(name, Stage.JOB, steps_left[name], around)


def smokes(
    description: Description, own: Mapping[str, Service], files: Mapping[str, File], code: Code
) -> Iterator[Smoke]:
    """The checks that do not refer to an excluded service."""
    left_out = description.services.keys() - own.keys()
    around = _Around(description=description, own=own, files=files, code=code)
    for number, model in enumerate(description.smoke, 1):
        check = _smoke(number, model, around)
        if not left_out & set(names(check)):
            yield check


def files_used(values: object, files: Mapping[str, File]) -> tuple[str, ...]:
    """The secrets and configs that templates in `values` refer to."""
    named = (
        reference.name for template in templates(values) for reference in template.references if _is_put(reference)
    )
    return tuple(dict.fromkeys(name for name in named if name in files))


def public_alone(values: object, used: Iterable[str]) -> tuple[str, ...]:
    """Those of which only the public half is used."""
    references = {reference for template in templates(values) for reference in template.references}
    whole = {reference.name for reference in references if reference.attribute == "path"}
    return tuple(name for name in used if name not in whole)


def _is_put(reference: Reference) -> bool:
    return reference.attribute in ("path", "public_path")


def _in_order(depends_on: Mapping[str, tuple[str, ...]]) -> list[str]:
    """As written, but each job right after its dependencies."""
    ordered, before = order.in_order(depends_on), order.ancestors(depends_on)
    return list(dict.fromkeys(one for name in depends_on for one in ordered if one in {name, *before[name]}))


def _job(name: str, stage: Stage, step: StepModel, around: _Around, need: str = "", kind: str = "") -> Job:
    place = around.own.get(step.service or "")
    job = Job(
        name=name,
        stage=stage,
        service=step.service or "",
        need=need,
        **carried(step, Job, but=("service",)),
    )
    inherited = place.files if place else ()
    used = tuple(dict.fromkeys((*inherited, *files_used(job, around.files))))
    public = public_alone((job, place), used)
    digest, goes_by = _goes_by(job, step, place, kind, around)
    has_inputs = step.inputs is not None
    return replace(job, files=used, public=public, digest=digest, goes_by=goes_by, has_inputs=has_inputs)


def _goes_by(
    job: Job, step: StepModel, place: Service | None, kind: str, around: _Around
) -> tuple[str, tuple[str, ...]]:
    """A digest of a job's settings and input files, and the list of these."""
    own_settings = repr([(spot.path, str(spot.value)) for spot in walk(job) if spot.path[0] not in _NO_INPUT])
    top = around.description.repository
    if step.file:
        read = (step.file, *(includes.named(step.file, kind, top) if kind else ()))
        return inputs.digest(read, base=step.file.parent, more=own_settings), _shown(read, top)
    if step.inputs is not None:
        return inputs.digest(step.inputs, base=top, more=own_settings), _shown(step.inputs, top)
    if own := _own_files(job, place, top):
        return inputs.digest(own, base=top, more=own_settings), _shown(own, top)
    folder = _folder(place)
    if place is None or folder is None:
        return inputs.digest((), base=top, more=own_settings), ()
    code = around.code.without_documentation(place.build, place.native)
    return inputs.digest((), base=top, more=own_settings + code), (f"all code of {_shown([folder], top)[0]}",)


def _shown(files: Iterable[Path], top: Path) -> tuple[str, ...]:
    plain = [Path(os.path.normpath(file)) for file in files]
    return tuple(sorted(file.relative_to(top).as_posix() if file.is_relative_to(top) else str(file) for file in plain))


def _own_files(job: Job, place: Service | None, around: Path) -> frozenset[Path]:
    """The files of a command itself; a migration, and a job that makes files of the code, depend on all of the code."""
    words = [str(word) for word in job.command]
    if job.stage is Stage.MIGRATE or (job.stage is Stage.JOB and own_files.makes_files(words)):
        return frozenset()
    folder = _folder(place) or (job.at.file.parent if job.at else around)
    return own_files.of(words, folder, around)


def _folder(place: Service | None) -> Path | None:
    """The folder of a service's code, on either engine; None if it has none."""
    if place and place.build:
        return place.build.context
    return place.native.working_dir if place and place.native else None


def _smoke(number: int, model: SmokeModel, around: _Around) -> Smoke:
    return Smoke(
        name=f"smoke.{number}",
        method=model.method,
        url=model.url,
        json=model.json_body,
        job=_job(f"smoke.{number}", Stage.SMOKE, model.step, around) if model.step else None,
        **carried(model, Smoke),
    )
