"""Data that is seeded for each worker, because a copy would contain addresses of another worker's services or stubs."""

import re
from dataclasses import dataclass
from pathlib import Path

from localenv.stack import Job, Role, Stack, Stage, names

# a database that a seed creates is shared by all users of the server
_MAKES_DATABASES = re.compile(rb"^\s*(create\s+database\b|\\c(onnect)?\s|use\s)", re.I | re.M)
_READ = 1 << 20  # bytes of a seed to search


@dataclass(frozen=True, kw_only=True)
class OwnSeeds:
    """Needs of which every worker has a separate server, and the jobs that are repeated there, in order."""

    needs: frozenset[str]
    jobs: tuple[Job, ...]


def own_seeds(stack: Stack) -> OwnSeeds:
    """Needs that a job with an address of a service or upstream may write to, and all jobs that write there."""
    needs: set[str] = set()
    grown = True
    while grown:
        due = [job for job in stack.jobs if _is_addressed(stack, job) or _fills(stack, job, needs)]
        found = needs.union(*(_touched(stack, job) for job in due))
        grown, needs = found != needs, found
    return OwnSeeds(needs=frozenset(needs), jobs=tuple(job for job in stack.jobs if _fills(stack, job, needs)))


def makes_databases(stack: Stack, need: str) -> bool:
    """Whether an SQL file of a need creates or uses further databases."""
    files = [job.file for job in stack.jobs if job.need == need and job.file and not job.table]
    return any(_MAKES_DATABASES.search(_beginning(file)) for file in files)


def _is_addressed(stack: Stack, job: Job) -> bool:
    """Whether a job receives an address that differs between workers, and may write it to a need.

    A migration creates tables: the variables of its service do not count.
    """
    if job.file is not None:
        return False
    named = {*names((job.command, job.environment)), *_names_of_files(stack, job.files)}
    if job.stage is not Stage.MIGRATE and job.service in stack.services:
        named |= {*names(stack.services[job.service].environment)}
    return bool(named & {*stack.upstreams, *(one.name for one in stack.of(Role.SERVICE)), "self"})


def _names_of_files(stack: Stack, files: tuple[str, ...]) -> set[str]:
    return {name for one in files if one in stack.files for name in names(stack.files[one])} - {*files}


def _fills(stack: Stack, job: Job, needs: set[str]) -> bool:
    return job.need in needs if job.need else bool(needs & _touched(stack, job))


def _touched(stack: Stack, job: Job) -> set[str]:
    """The needs that a job can reach."""
    place = stack.services.get(job.service)
    named = {*names(job), *(names(place.environment) if place else ())}
    return named & stack.needs.keys()


def _beginning(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(_READ)
