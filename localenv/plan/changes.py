"""The differences between wanted and actual state, with reasons."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from localenv.engines import Observed
from localenv.plan.steps import NEW
from localenv.stack import Build, Job, Role, Service, Stack, Stage, reals
from localenv.stack.states import ServiceState
from localenv.stack.workers import server_of

UNREADY = "did not become ready"
CODE_CHANGED = "code changed"
REBUILT = "built again"
FRESH = "fresh start"
_BASE = "base image "


class Again(Enum):
    """What to repeat although nothing has changed."""

    BUILDS = "builds"
    EVERYTHING = "everything"  # with fresh data, except kept data


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """Digests of what was started and done before; empty for a new environment."""

    components: Mapping[str, str]
    jobs: Mapping[str, str]
    builds: Mapping[str, str]  # a digest, then `name=id` of each base image
    due: Mapping[str, str] = field(default_factory=dict)  # services to build regardless of the record, and why
    images: Mapping[str, str] = field(default_factory=dict)  # ids of those that services name, as in `Seen.image`
    smoke: str = ""  # of checks that passed
    unready: frozenset[str] = frozenset()  # services that were started and have not become ready since
    lost: Mapping[str, str] = field(default_factory=dict)  # needs that have lost their data, and how
    snapshots: frozenset[str] = frozenset()  # needs with a snapshot of their seeded data
    writers: frozenset[str] = frozenset()  # jobs that have written files for their service


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What has to be done: names with the reason for each."""

    removed: Mapping[str, str]
    built: Mapping[str, str]  # the first service of each distinct build
    started: Mapping[str, str]
    loaded: Mapping[str, str]  # upstreams
    jobs: Mapping[str, str]
    snapshots: Mapping[str, str]  # needs
    smoke: str  # empty if the checks passed and nothing else changes

    def __bool__(self) -> bool:
        return bool(self.removed or self.built or self.started or self.loaded or self.jobs or self.smoke)

    def is_fresh(self, name: str) -> bool:
        """Whether a service starts without data; a stopped one keeps its data."""
        return name in self.started and is_fresh(self.started[name])


def is_fresh(reason: str) -> bool:
    """Whether a start for this reason begins without data."""
    return reason not in {*ServiceState, UNREADY}


def is_of_code(reason: str) -> bool:
    """Whether a service starts again for its build alone, which may leave its image as it was."""
    return reason in {CODE_CHANGED, REBUILT} or reason.startswith(_BASE)


def changes(
    stack: Stack, wanted: Recorded, observed: Observed, recorded: Recorded, asked: Again | None = None
) -> Changes:
    """The differences; digests in `wanted` cover everything that a subject depends on."""
    ends = finishing(stack)
    own = {name: _change(one, wanted, observed, recorded, name in ends) for name, one in stack.services.items()}
    own |= {name: why for name in stack.services if own[name] != NEW and (why := _asked(name, wanted, asked))}
    again = _again(stack, wanted, recorded, own, observed)
    started = {name: own[name] or again[name] for name in own if own[name] or name in again}
    jobs = {job.name: why for job in stack.jobs if (why := _due(job, stack, wanted, recorded, started, asked))}
    return Changes(
        removed={name: "removed from the description" for name in observed.services if _is_unknown(stack, name)},
        built=_built(stack, wanted, recorded, asked),
        started=started,
        loaded=_loaded(stack, wanted, recorded, own),
        jobs=jobs,
        snapshots=_snapshots(stack, wanted, recorded, started, jobs),
        smoke=_unchecked(stack, wanted, recorded),
    )


def _is_unknown(stack: Stack, name: str) -> bool:
    """Whether a service has no place in the stack; real servers of upstreams are none, and end on request."""
    return name not in stack.services and not reals.is_real(name)


def finishing(stack: Stack) -> frozenset[str]:
    """Services that others wait for to complete: they are ready when they have exited with 0."""
    waited = (one for service in stack.services.values() for one in service.depends_on)
    return frozenset(one.name for one in waited if one.condition == "service_completed_successfully")


def _change(service: Service, wanted: Recorded, observed: Observed, recorded: Recorded, ends: bool) -> str:
    """Why a service cannot stay as it is; empty if it can."""
    seen = observed.services.get(service.name)
    if seen is None:
        return NEW
    if service.name in recorded.lost:
        return recorded.lost[service.name]
    if service.name in wanted.due:
        return wanted.due[service.name]
    if why := _rebuilt(recorded.builds.get(service.name, ""), wanted.builds.get(service.name, "")):
        return why
    if seen.image and wanted.images.get(service.name, seen.image) != seen.image:
        return "image changed"
    if service.name not in recorded.components:
        return "was not ready"
    if recorded.components[service.name] != wanted.components[service.name]:
        return "settings changed"
    if seen.state is ServiceState.RUNNING and service.name in recorded.unready:
        return UNREADY if service.role is Role.NEED else "was not ready"  # a need keeps its data
    if seen.state is ServiceState.RUNNING or (ends and seen.state is ServiceState.EXITED and seen.exit_code == 0):
        return ""
    return seen.state


def _again(
    stack: Stack, wanted: Recorded, recorded: Recorded, own: Mapping[str, str], observed: Observed
) -> dict[str, str]:
    """Needs that start over because their loaded files changed: a migration can run on existing data, a seed cannot."""
    changed = {
        job.need: f"{job.title} {'changed' if recorded.jobs[job.name] else 'did not complete'}"
        for job in stack.jobs
        if (job.file or job.stage is Stage.SEED) and recorded.jobs.get(job.name) not in (None, wanted.jobs[job.name])
    }
    gone = [name for name in recorded.jobs if name not in wanted.jobs]
    left = {need: f"{name} was removed" for need in stack.needs for name in gone if _is_of(name, need)}
    return {
        need: reason
        for need, reason in {**left, **changed}.items()
        if not own[need] and not stack.needs[need].keep and need in observed.services
    }


def _is_of(job: str, need: str) -> bool:
    """Whether a job fills a need; jobs without a need have no dot in their name."""
    return job.partition(".")[0] == need


def _asked(name: str, wanted: Recorded, asked: Again | None) -> str:
    """Why a service is restarted although nothing has changed; empty if it is not."""
    if asked is Again.EVERYTHING:
        return FRESH
    return REBUILT if asked is Again.BUILDS and name in wanted.builds else ""


def _built(stack: Stack, wanted: Recorded, recorded: Recorded, asked: Again | None) -> dict[str, str]:
    """Each distinct build, under the name of the first service that uses it."""
    seen: list[Build] = []
    found: dict[str, str] = {}
    for service in stack.services.values():
        if service.name not in wanted.builds or (service.build is not None and service.build in seen):
            continue
        seen += [service.build] if service.build else []
        due = next((wanted.due[other] for other in _alike(stack, service) if other in wanted.due), "")
        why = due or _rebuilt(recorded.builds.get(service.name, ""), wanted.builds[service.name])
        if why:
            found[service.name] = why if service.name in recorded.builds else NEW
        elif asked:
            found[service.name] = _asked(service.name, wanted, asked)
    return found


def _rebuilt(before: str, now: str) -> str:
    """Why a build is due; empty if it is not. Where only base images are others, they are named."""
    if before == now:
        return ""
    known, words = before.split(), now.split()
    if known[:1] != words[:1]:
        return CODE_CHANGED
    others = [word.rpartition("=")[0] for word in words if word not in known]
    return f"{_BASE}{', '.join(others)} changed" if others else CODE_CHANGED


def _alike(stack: Stack, service: Service) -> list[str]:
    """Services that share the build, including the given one."""
    same = (one.name for one in stack.services.values() if service.build and one.build == service.build)
    return [service.name, *same]


def _loaded(stack: Stack, wanted: Recorded, recorded: Recorded, own: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for upstream in stack.upstreams.values():
        if own[upstream.server]:
            found[upstream.name] = "new stub server"
        elif recorded.components.get(upstream.name) != wanted.components[upstream.name]:
            found[upstream.name] = "stubs changed"
    return found


def _due(
    job: Job, stack: Stack, wanted: Recorded, recorded: Recorded, started: Mapping[str, str], asked: Again | None
) -> str:
    if job.need and job.need in started and is_fresh(started[job.need]) and not stack.needs[job.need].keep:
        return f"{job.need} is new"
    if job.name not in recorded.jobs:
        return NEW
    if not recorded.jobs[job.name]:
        return "did not complete"
    if asked is Again.EVERYTHING and not job.need:
        return FRESH
    if recorded.jobs[job.name] != wanted.jobs[job.name]:
        return "inputs changed"
    writes = job.name in recorded.writers and not job.has_inputs
    return CODE_CHANGED if writes and recorded.builds.get(job.service) != wanted.builds.get(job.service) else ""


def _unchecked(stack: Stack, wanted: Recorded, recorded: Recorded) -> str:
    """Why smoke checks run although nothing else is done; empty if all of these checks have passed."""
    if not stack.smoke or recorded.smoke == wanted.smoke:
        return ""
    return "checks changed" if recorded.smoke else "did not pass"


def _snapshots(
    stack: Stack, wanted: Recorded, recorded: Recorded, started: Mapping[str, str], jobs: Mapping[str, str]
) -> dict[str, str]:
    """Needs that are filled now, or whose data is unknown: a job without a need may write anywhere."""
    found: dict[str, str] = {}
    for name in stack.needs:
        if name not in wanted.snapshots:
            continue
        server = server_of(stack, name)
        if name not in recorded.snapshots:
            found[name] = NEW
        elif jobs:
            found[name] = "data changed"
        elif server in started and is_fresh(started[server]) and not stack.needs[name].keep:
            found[name] = f"{server} is new"
    return found
