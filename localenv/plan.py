"""What has to be done: what is wanted against what was observed and recorded, as steps that print themselves."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from localenv.engines import Condition, Observed
from localenv.stack import Build, Job, Service, Stack

_NEW = "new"


class Action(StrEnum):
    """What a step does to its subject."""

    REMOVE = "remove"
    BUILD = "build"
    START = "start"
    REPLACE = "replace"
    LOAD = "load stubs of"
    RUN = "run"


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing to do, and why."""

    action: Action
    subject: str
    reason: str

    def __str__(self) -> str:
        return f"{self.action} {self.subject} ({self.reason})"


@dataclass(frozen=True, kw_only=True)
class Steps:
    """What has to be done, in order; empty where everything is as wanted."""

    steps: tuple[Step, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.steps)

    def __str__(self) -> str:
        return "\n".join(map(str, self.steps))

    def document(self) -> list[dict[str, str]]:
        """As JSON: `[{action, subject, reason}]`."""
        return [{"action": str(one.action), "subject": one.subject, "reason": one.reason} for one in self.steps]

    def of(self, *actions: Action) -> tuple[str, ...]:
        """The subjects of these actions, in order."""
        return tuple(step.subject for step in self.steps if step.action in actions)

    def is_fresh(self, need: str) -> bool:
        """Whether a need starts with nothing in it."""
        return any(
            step.subject == need and (step.action is Action.REPLACE or step.reason == _NEW) for step in self.steps
        )

    def reason(self, subject: str) -> str:
        """Why something is done."""
        return next((step.reason for step in self.steps if step.subject == subject), "")


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """Digests of what was started and done before; empty for a new environment."""

    components: Mapping[str, str]
    jobs: Mapping[str, str]
    builds: Mapping[str, str]


def reconcile(stack: Stack, wanted: Recorded, observed: Observed, recorded: Recorded) -> Steps:
    """The steps from what is to what is wanted; digests in `wanted` cover everything a subject depends on."""
    ends = finishing(stack)
    changes = {name: _change(one, wanted, observed, recorded, name in ends) for name, one in stack.services.items()}
    again = _again(stack, wanted, recorded, changes, observed)
    started = tuple(
        _started(name, changes[name] or again.get(name, "")) for name in changes if changes[name] or name in again
    )
    return Steps(
        steps=(
            *_removals(stack, observed),
            *_builds(stack, wanted, recorded),
            *started,
            *_stubs(stack, wanted, recorded, changes),
            *_jobs(stack, wanted, recorded, Steps(steps=started)),
        )
    )


def finishing(stack: Stack) -> frozenset[str]:
    """Services that somebody waits for to complete: they work when they have exited with 0."""
    waited = (one for service in stack.services.values() for one in service.depends_on)
    return frozenset(one.name for one in waited if one.condition == "service_completed_successfully")


def _change(service: Service, wanted: Recorded, observed: Observed, recorded: Recorded, ends: bool) -> str:
    """Why a service cannot stay as it is; empty where it can."""
    seen = observed.services.get(service.name)
    if seen is None:
        return _NEW
    if recorded.builds.get(service.name) != wanted.builds.get(service.name):
        return "code changed"
    if service.name not in recorded.components:
        return "did not come to work"
    if recorded.components[service.name] != wanted.components[service.name]:
        return "settings changed"
    if seen.condition is Condition.RUNNING or (ends and seen.condition is Condition.EXITED and seen.exit_code == 0):
        return ""
    return seen.condition


def _again(
    stack: Stack, wanted: Recorded, recorded: Recorded, changes: Mapping[str, str], observed: Observed
) -> dict[str, str]:
    """Needs that start over: what was read into them is not what is described, and only commands can be done twice."""
    changed = {
        job.need: f"{job.title} changed"
        for job in stack.jobs
        if job.file and recorded.jobs.get(job.name) not in (None, wanted.jobs[job.name])
    }
    gone = [name for name in recorded.jobs if name not in wanted.jobs]
    left = {need: f"{name} is no longer described" for need in stack.needs for name in gone if _is_of(name, need)}
    return {
        need: reason
        for need, reason in {**left, **changed}.items()
        if not changes[need] and not stack.needs[need].keep and need in observed.services
    }


def _is_of(job: str, need: str) -> bool:
    """Whether a job fills a need; names of jobs of no need have no dot."""
    return job.partition(".")[0] == need


def _removals(stack: Stack, observed: Observed) -> Iterator[Step]:
    for name in observed.services:
        if name not in stack.services:
            yield Step(action=Action.REMOVE, subject=name, reason="no longer described")


def _builds(stack: Stack, wanted: Recorded, recorded: Recorded) -> Iterator[Step]:
    """One step per distinct build, under the name of the first service that has it."""
    seen: list[Build] = []
    for service in stack.services.values():
        if service.build is None or service.build in seen:
            continue
        seen.append(service.build)
        if recorded.builds.get(service.name) != wanted.builds[service.name]:
            reason = "code changed" if service.name in recorded.builds else _NEW
            yield Step(action=Action.BUILD, subject=service.name, reason=reason)


def _started(name: str, reason: str) -> Step:
    stays = reason == _NEW or reason in set(Condition)  # what merely stopped keeps its data
    action = Action.START if stays else Action.REPLACE
    return Step(action=action, subject=name, reason=reason)


def _stubs(stack: Stack, wanted: Recorded, recorded: Recorded, changes: Mapping[str, str]) -> Iterator[Step]:
    for upstream in stack.upstreams.values():
        if changes[upstream.server]:
            yield Step(action=Action.LOAD, subject=upstream.name, reason=f"{upstream.server} starts")
        elif recorded.components.get(upstream.name) != wanted.components[upstream.name]:
            yield Step(action=Action.LOAD, subject=upstream.name, reason="stubs changed")


def _jobs(stack: Stack, wanted: Recorded, recorded: Recorded, started: Steps) -> Iterator[Step]:
    for job in stack.jobs:
        if reason := _due(job, stack, wanted, recorded, started):
            yield Step(action=Action.RUN, subject=job.name, reason=reason)


def _due(job: Job, stack: Stack, wanted: Recorded, recorded: Recorded, started: Steps) -> str:
    if job.need and started.is_fresh(job.need) and not stack.needs[job.need].keep:
        return f"{job.need} is new"
    if job.name not in recorded.jobs:
        return "new"
    return "" if recorded.jobs[job.name] == wanted.jobs[job.name] else "inputs changed"
