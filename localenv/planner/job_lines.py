"""Format jobs for the outline, with what makes each run again."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from localenv.planner.values import line, path, rest
from localenv.stack import Job, Stack, shell_line

_SHOWN = 6  # inputs of a step

# keys of a job that have a separate format, or follow from others
OF_JOB = {
    "name", "stage", "service", "need", "command", "file", "table", "environment", "depends_on", "files", "digest",
}  # fmt: skip


def jobs(stack: Stack, due: Mapping[str, Sequence[str]], writers: Collection[str]) -> Iterator[Iterator[str]]:
    """The lines of each job, in the order they run."""
    return (_job(job, stack.folder, due.get(job.name, ()), writers) for job in stack.jobs)


def jobs_of_states(stack: Stack) -> Iterator[Iterator[str]]:
    """The lines of each job and seed of a provider state."""
    return (_job(job, stack.folder, (), ()) for job in stack.state_jobs)


def some(names: Sequence[str]) -> str:
    """Names on one line; only the first of many."""
    shown = ", ".join(names[:_SHOWN])
    return f"{shown} or one of {len(names) - _SHOWN} more" if len(names) > _SHOWN else shown


def _job(job: Job, folder: Path, due: Sequence[str], writers: Collection[str]) -> Iterator[str]:
    what = f"{path(job.file, folder)} into {job.need}" if job.file else f"{shell_line(job.command)} in {job.service}"
    why = "".join(f" (due: {one})" for one in due if one)
    yield f"{job.name}: {what}" + (f", table {job.table}" if job.table else "") + why
    if job.goes_by and job.goes_by != _shown_file(job, folder):
        yield f"  again after a change of {some(_inputs(job, writers))}"
    for name, text in job.environment.items():
        yield f"  {name}={line(text)}"
    if job.depends_on:
        yield f"  after {', '.join(job.depends_on)}"
    yield from rest(job, OF_JOB, folder)


def _inputs(job: Job, writers: Collection[str]) -> Sequence[str]:
    """What makes a job run again: one that has written files of the code goes by all of it."""
    writes = job.name in writers and not job.has_inputs
    return (*job.goes_by, f"any code of {job.service}, into which it writes") if writes else job.goes_by


def _shown_file(job: Job, folder: Path) -> tuple[str, ...]:
    """The inputs of a loaded file: the file itself, if there are no others."""
    return (path(job.file, folder),) if job.file else ()
