"""The critical path of a start: the slowest of what was done side by side, one after the other."""

from collections.abc import Iterable, Mapping

from localenv.events import Phase
from localenv.stack import Role, Stack

_SHORTEST = 0.05  # seconds of a step that is worth a word

Took = Mapping[tuple[Phase, str], float]


def path(stack: Stack, took: Took) -> str:
    """`build api 3.1 s → db.migrate 0.8 s → api 0.4 s`, from what each thing took in seconds."""
    stages = [
        _slowest(took, Phase.BUILD, stack.services, "build "),
        _slowest(took, Phase.READY, [service.name for service in stack.of(Role.NEED, Role.STUBS)]),
        *((job.name, took.get((Phase.JOB, job.name), 0.0)) for job in stack.jobs),
        _slowest(took, Phase.READY, [service.name for service in stack.of(Role.SERVICE)]),
    ]
    return " → ".join(f"{name} {seconds:.1f} s" for name, seconds in stages if seconds >= _SHORTEST)


def _slowest(took: Took, phase: Phase, names: Iterable[str], prefix: str = "") -> tuple[str, float]:
    seconds, name = max(((took[phase, name], name) for name in names if (phase, name) in took), default=(0.0, ""))
    return prefix + name, seconds
