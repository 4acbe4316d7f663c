"""Why setup steps on this machine and jobs of a running environment are due."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from localenv import paths, state
from localenv.engines.choosing import ENGINES
from localenv.stack import Service, Stack, Template, templates
from localenv.stack.states import EnvironmentState


def due(stack: Stack, identity: str) -> Mapping[str, Sequence[str]]:
    """The reasons for each `native.setup` step, by service, and for each job, by job; empty if not due."""
    known = {name: one for name, one in stack.services.items() if not _refers(one.native)}
    found: dict[str, Sequence[str]] = {}
    for engine in ENGINES.values():
        found |= engine.module().due(replace(stack, services=known), _text)
    return found | {name: (why,) for name, why in _jobs(stack, identity)}


def writers(identity: str) -> frozenset[str]:
    """The jobs that have written files for their service."""
    return frozenset(one.name for one in paths.written(identity).glob("*"))


def _jobs(stack: Stack, identity: str) -> Iterator[tuple[str, str]]:
    record = state.load(identity)
    if record is None or record.state is EnvironmentState.STOPPED:
        return
    for job in stack.jobs:
        if job.name not in record.jobs:
            yield job.name, "new"
        elif record.jobs[job.name] != job.digest:
            yield job.name, "inputs changed" if record.jobs[job.name] else "did not complete"


def _refers(native: object) -> bool:
    """Whether a command contains references, which are known only when an environment exists."""
    return any(template.references for template in templates(native))


def _text(service: Service, template: Template) -> str:
    return "".join(map(str, template.parts))
