"""A stack for several workers at once: each has separate services, stub addresses and data on the shared servers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import TypeVar

from localenv.errors import UsageError
from localenv.needs import kinds
from localenv.needs.kinds import KINDS
from localenv.planner.own_seeds import OwnSeeds, makes_databases, own_seeds
from localenv.stack import (
    Job,
    Mark,
    Need,
    Port,
    Reference,
    Role,
    Service,
    Spot,
    Stack,
    Stage,
    Template,
    rewritten,
    templates,
    variable,
)
from localenv.stack.workers import copy_name, is_copy
from localenv.stubs import server

T = TypeVar("T")

_MOST = 64  # workers
_NOT_TWICE = frozenset({"hostname", "ports"})  # raw Compose keys that must be unique


def per_worker(stack: Stack, workers: int) -> Stack:
    """The stack with a copy of everything that a test can change, for each worker beyond the first.

    Worker 0 uses the names from the description. Raises UsageError if a copy's name is already in use.
    """
    if not 1 <= workers <= _MOST:
        raise UsageError(f"{workers} workers; expected 1 to {_MOST}")
    found = stack
    for worker in range(1, workers):
        found = _with_copy(found, stack, worker)
    _check(found)
    return found


def _with_copy(found: Stack, stack: Stack, worker: int) -> Stack:
    """`found` with another copy of `stack`."""
    files = {
        name: copy_name(name, worker)
        for name, file in stack.files.items()
        if any(one.references for one in templates(file))
    }
    own = [one.name for one in stack.of(Role.SERVICE)]
    ports = {port.name: _of_copy(port.name, worker) for name in own for port in stack.services[name].extra_ports}
    renamed = {name: copy_name(name, worker) for name in (*own, *stack.needs, *stack.upstreams)} | files | ports
    seeds = own_seeds(stack)
    shared = {name for name, need in stack.needs.items() if name not in seeds.needs and _can_share(stack, need)}
    wanted = {copy_name(name, worker): _need(need, renamed[name], name in shared) for name, need in stack.needs.items()}
    upstreams = {renamed[name]: _renamed(one, renamed) for name, one in stack.upstreams.items()}
    return replace(
        found,
        services={
            **{name: _sharing(one, renamed[name]) if name in shared else one for name, one in found.services.items()},
            **{renamed[name]: kinds.server(wanted[renamed[name]]) for name in stack.needs if name not in shared},
            **server.services({**found.upstreams, **upstreams}),
            **{renamed[name]: _service(stack.services[name], renamed) for name in own},
        },
        needs={**found.needs, **wanted},
        upstreams={**found.upstreams, **upstreams},
        files={**found.files, **{new: _renamed(stack.files[name], renamed) for name, new in files.items()}},
        jobs=(*found.jobs, *_repeated(seeds, renamed, worker), *_jobs(stack, renamed, shared, wanted, seeds)),
    )


def _can_share(stack: Stack, need: Need) -> bool:
    """Whether its database name is used only in references: a literal name cannot be changed."""
    if not KINDS[need.kind].has_databases or len(need.databases) != 1 or makes_databases(stack, need.name):
        return False
    return all({"url", "database"} & used for used in _uses(stack, need.name) if used - {"published_url"})


def _uses(stack: Stack, need: str) -> Iterator[set[str]]:
    """For each service, the attributes of a need that it uses, also through files."""
    for service in stack.of(Role.SERVICE):
        read = (service, [stack.files[one] for one in service.files])
        references = [reference for template in templates(read) for reference in template.references]
        yield {reference.attribute for reference in references if reference.name == need}


def _need(need: Need, name: str, is_shared: bool) -> Need:
    """Every copy has the password of the first, so that data can be copied."""
    same = Template((Reference(name=need.name, attribute="password"),))
    password = same if need.password is None and KINDS[need.kind].login else need.password
    databases = (f"{need.database}_{name.rpartition('.')[2]}",) if is_shared else need.databases  # orders_w1, for db.w1
    return replace(need, name=name, keep=False, password=password, databases=databases)


def _of_copy(port: str, worker: int) -> str:
    """`api.w1.metrics` for `api.metrics`."""
    service, _, own = port.partition(".")
    return f"{copy_name(service, worker)}.{own}"


def _sharing(service: Service, name: str) -> Service:
    assert service.port is not None
    port = Port(name=name, target=service.port.target)
    return replace(service, extra_ports=(*service.extra_ports, port), aliases=(*service.aliases, name))


def _service(service: Service, renamed: Mapping[str, str]) -> Service:
    raw = {key: value for key, value in service.compose.items() if key not in _NOT_TWICE}
    return replace(_renamed(service, renamed), compose=raw, aliases=())


def _repeated(seeds: OwnSeeds, renamed: Mapping[str, str], worker: int) -> Iterator[Job]:
    """Seeds with addresses, changed to those of the worker."""
    jobs = {job.name: _own_name(job, renamed, worker) for job in seeds.jobs}
    for job in seeds.jobs:
        yield replace(_renamed(job, {**renamed, **jobs}), name=jobs[job.name])


def _own_name(job: Job, renamed: Mapping[str, str], worker: int) -> str:
    """`db.w1.seed` for `db.seed`."""
    return f"{renamed[job.need]}{job.name.removeprefix(job.need)}" if job.need else copy_name(job.name, worker)


def _jobs(
    stack: Stack, renamed: Mapping[str, str], shared: set[str], wanted: Mapping[str, Need], seeds: OwnSeeds
) -> Iterator[Job]:
    """Jobs that copy the data of each need when all jobs are done, or repeat the need's jobs if it cannot be copied."""
    digest = sha256(" ".join(job.digest for job in stack.jobs).encode()).hexdigest()
    for name, need in stack.needs.items():
        if name in seeds.needs:
            continue
        copy = wanted[renamed[name]]
        copies = KINDS[need.kind].copies
        command = copies.command(need, copy, same_server=name in shared) if copies else None
        if command:
            yield Job(
                name=f"{copy.name}.copy",
                stage=Stage.JOB,
                service=name,
                need=name if name in shared else copy.name,
                command=command,
                digest=digest,
            )
        else:
            for job in stack.jobs:
                if job.need == name:
                    yield replace(_renamed(job, renamed), name=_own_name(job, renamed, 0))


def _renamed(value: T, renamed: Mapping[str, str]) -> T:
    """A copy with new names for itself and its references, without values that must be unique."""

    def change(spot: Spot) -> object:
        if isinstance(spot.value, Template) and spot.value.references:
            return replace(spot.value, parts=tuple(_part(part, renamed) for part in spot.value.parts))
        if spot.mark is Mark.ONCE:
            return None
        return renamed.get(spot.value, spot.value) if spot.mark is Mark.NAME else spot.value

    return rewritten(value, change)


def _part(part: str | Reference, renamed: Mapping[str, str]) -> str | Reference:
    return part if isinstance(part, str) else replace(part, name=renamed.get(part.name, part.name))


def _check(stack: Stack) -> None:
    """Check variables in the rendered file: two names that differ only in a dot share one."""
    known: dict[str, str] = {}
    for name in dict.fromkeys((*stack.services, *stack.needs, *stack.upstreams, *stack.files)):
        other = known.setdefault(variable(name), name)
        if other != name and (is_copy(name) or is_copy(other)):
            described: Sequence[str] = [one for one in (name, other) if not is_copy(one)]
            raise UsageError(
                f"'{described[0]}' has the name of a worker's copy of another service",
                hint="rename it, or use isolation=environment",
            )
